#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable leaky_relu(autograd::Context& context, const autograd::Variable& x, real slope);

}  // namespace deai::ops
