#pragma once

#include <cstdint>

#include "base/real.h"

namespace deai::kernels {

struct MaxPool2d {
  Index batch;
  Index height;  // of x: [batch, height, width, channels]
  Index width;
  Index channels;
  Index kernel_height;
  Index kernel_width;
  Index stride_height;
  Index stride_width;
  Index padding_height = 0;  // at most half of the kernel, so that each window sees a pixel
  Index padding_width = 0;

  // y: [batch, out_height, out_width, channels]
  Index out_height() const;
  Index out_width() const;
};

// y = the largest of each window, which has at most 65535 taps; the first of equals. taps: for each element of y which tap of
// the window it came from, as kernel row · kernel_width + kernel column.
void max_pool2d(const MaxPool2d& sizes, const real* x, real* y, std::uint16_t* taps);
// dx = dy at the places that y came from, 0 elsewhere; accumulate: added to what dx holds.
void max_pool2d_gradient(const MaxPool2d& sizes, const real* dy, const std::uint16_t* taps,
                         real* dx, bool accumulate);

}  // namespace deai::kernels
