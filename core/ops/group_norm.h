#pragma once

#include "autograd/context.h"

namespace deai::ops {

// groups divides the channels of x [N, ..., C].
autograd::Variable group_norm(autograd::Context& context, const autograd::Variable& x,
                              const autograd::Variable& gamma, const autograd::Variable& beta,
                              Index groups, real epsilon);

}  // namespace deai::ops
