#pragma once

#include <span>

#include "autograd/context.h"

namespace deai::ops {

// The mean over all elements. target: as many numbers as the prediction has; not read after the
// call. delta > 0.
autograd::Variable huber(autograd::Context& context, const autograd::Variable& prediction,
                         std::span<const real> target, real delta);

}  // namespace deai::ops
