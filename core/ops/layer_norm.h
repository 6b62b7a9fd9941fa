#pragma once

#include "autograd/context.h"

namespace deai::ops {

// Over the last axis.
autograd::Variable layer_norm(autograd::Context& context, const autograd::Variable& x,
                              const autograd::Variable& gamma, const autograd::Variable& beta,
                              real epsilon);

}  // namespace deai::ops
