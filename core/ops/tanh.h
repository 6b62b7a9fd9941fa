#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable tanh(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
