#pragma once

#include <span>

#include "autograd/context.h"

namespace deai::ops {

// The mean over all elements. target: as many numbers as the prediction has; not read after the
// call.
autograd::Variable mean_absolute_error(autograd::Context& context,
                                       const autograd::Variable& prediction,
                                       std::span<const real> target);

}  // namespace deai::ops
