#pragma once

#include "kernels/memory.h"

namespace deai::kernels {

// Sizes of a two-dimensional convolution (cross-correlation, as everywhere in deep learning).
struct Conv2d {
  Index batch;
  Index height;  // of x: [batch, height, width, channels]
  Index width;
  Index channels;
  Index filters;  // w: [filters, kernel_height, kernel_width, channels]
  Index kernel_height;
  Index kernel_width;
  Index stride_height = 1;
  Index stride_width = 1;
  Index padding_height = 0;  // zeros on both sides
  Index padding_width = 0;
  Index dilation_height = 1;
  Index dilation_width = 1;

  // y: [batch, out_height, out_width, filters]
  Index out_height() const;
  Index out_width() const;
};

// Windows of `kernel` elements, `dilation` apart, that fit in a padded line, `stride` apart; 0 when
// none does.
Index window_count(Index size, Index kernel, Index stride, Index padding, Index dilation);

// y = x ∗ w + bias. bias: [filters], or nullptr for none.
Index conv2d_workspace(const Conv2d& sizes);
void conv2d(const Conv2d& sizes, const real* x, const real* w, const real* bias, real* y,
            real* workspace);

// dx = the gradient of x; accumulate: added to what dx holds.
Index conv2d_input_gradient_workspace(const Conv2d& sizes, bool accumulate);
void conv2d_input_gradient(const Conv2d& sizes, const real* dy, const real* w, real* dx,
                           bool accumulate, real* workspace);

// dw = the gradient of w; accumulate: added to what dw holds.
Index conv2d_weight_gradient_workspace(const Conv2d& sizes);
void conv2d_weight_gradient(const Conv2d& sizes, const real* x, const real* dy, real* dw,
                            bool accumulate, real* workspace);

}  // namespace deai::kernels
