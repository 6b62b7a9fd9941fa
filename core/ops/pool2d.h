#pragma once

#include <array>
#include <string_view>

#include "base/real.h"
#include "base/shape.h"

namespace deai::ops {

// Pairs are (vertical, horizontal).
struct Pool2dOptions {
  std::array<Index, 2> kernel{2, 2};
  std::array<Index, 2> stride{2, 2};
  std::array<Index, 2> padding{0, 0};  // on both sides; at most half of the kernel
};

// What all pools demand of x [N, H, W, C] and of their options. Throws Error{kShape, kArgument}
// beginning with the op's name.
void check_pool2d(std::string_view op, const Shape& x, const Pool2dOptions& options);

}  // namespace deai::ops
