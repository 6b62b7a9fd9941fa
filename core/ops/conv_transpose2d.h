#pragma once

#include <array>

#include "autograd/context.h"

namespace deai::ops {

// Of the convolution whose gradient this is. Pairs are (vertical, horizontal).
struct ConvTranspose2dOptions {
  std::array<Index, 2> stride{1, 1};
  std::array<Index, 2> padding{0, 0};
  std::array<Index, 2> output_padding{0, 0};  // rows and columns more, less than the stride
  std::array<Index, 2> dilation{1, 1};
  Index groups = 1;
};

autograd::Variable conv_transpose2d(autograd::Context& context, const autograd::Variable& x,
                                    const autograd::Variable& w, const autograd::Variable& b,
                                    const ConvTranspose2dOptions& options);

}  // namespace deai::ops
