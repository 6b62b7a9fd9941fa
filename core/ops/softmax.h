#pragma once

#include "autograd/context.h"

namespace deai::ops {

// Over the last axis.
autograd::Variable softmax(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
