#pragma once

#include "autograd/context.h"

namespace deai::ops {

// The identity unless context.training; draws from context.random.
autograd::Variable dropout(autograd::Context& context, const autograd::Variable& x, real rate);

}  // namespace deai::ops
