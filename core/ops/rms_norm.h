#pragma once

#include "autograd/context.h"

namespace deai::ops {

// Over the last axis.
autograd::Variable rms_norm(autograd::Context& context, const autograd::Variable& x,
                            const autograd::Variable& gamma, real epsilon);

}  // namespace deai::ops
