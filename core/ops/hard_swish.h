#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable hard_swish(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
