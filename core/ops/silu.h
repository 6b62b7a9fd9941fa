#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable silu(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
