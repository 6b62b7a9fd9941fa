#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable sum(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
