#pragma once

#include "autograd/context.h"

namespace deai::ops {

// Of the last axis.
autograd::Variable slice(autograd::Context& context, const autograd::Variable& x, Index first,
                         Index count);

}  // namespace deai::ops
