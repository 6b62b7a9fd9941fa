#pragma once

#include "autograd/context.h"

namespace deai::ops {

// [N, ...] → [N, product of the rest].
autograd::Variable flatten(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
