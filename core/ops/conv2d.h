#pragma once

#include <array>

#include "autograd/context.h"

namespace deai::ops {

// Pairs are (vertical, horizontal).
struct Conv2dOptions {
  std::array<Index, 2> stride{1, 1};
  std::array<Index, 2> padding{0, 0};  // zeros on both sides
  std::array<Index, 2> dilation{1, 1};
  Index groups = 1;  // neighbouring channels and filters that see each other only
};

autograd::Variable conv2d(autograd::Context& context, const autograd::Variable& x,
                          const autograd::Variable& w, const autograd::Variable& b,
                          const Conv2dOptions& options);

}  // namespace deai::ops
