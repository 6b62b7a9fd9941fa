#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable global_avg_pool2d(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
