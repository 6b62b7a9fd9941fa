#pragma once

#include <array>

#include "autograd/context.h"

namespace deai::ops {

// Pairs are (vertical, horizontal).
struct AvgPool2dOptions {
  std::array<Index, 2> kernel{2, 2};
  std::array<Index, 2> stride{2, 2};
  std::array<Index, 2> padding{0, 0};  // at most half of the kernel
};

autograd::Variable avg_pool2d(autograd::Context& context, const autograd::Variable& x,
                              const AvgPool2dOptions& options);

}  // namespace deai::ops
