#pragma once

#include <span>

#include "autograd/context.h"

namespace deai::ops {

inline constexpr std::size_t kMostConcatenated = 16;

// Along the last axis; 1 to kMostConcatenated parts.
autograd::Variable concat(autograd::Context& context, std::span<const autograd::Variable> parts);

}  // namespace deai::ops
