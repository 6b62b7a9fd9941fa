#pragma once

#include "kernels/conv2d.h"

// The convolution that sees each channel alone: filter f reads channel f / multiplier, where
// multiplier = filters / channels, a whole number. w: [filters, kernel_height, kernel_width, 1].
namespace deai::kernels {

// y = x ∗ w + bias. bias: [filters], or nullptr for none.
Index depthwise_conv2d_workspace(const Conv2d& sizes);
void depthwise_conv2d(const Conv2d& sizes, const real* x, const real* w, const real* bias, real* y,
                      real* workspace);

// dx = the gradient of x; accumulate: added to what dx holds.
Index depthwise_conv2d_input_gradient_workspace(const Conv2d& sizes);
void depthwise_conv2d_input_gradient(const Conv2d& sizes, const real* dy, const real* w, real* dx,
                                     bool accumulate, real* workspace);

// dw = the gradient of w; accumulate: added to what dw holds.
Index depthwise_conv2d_weight_gradient_workspace(const Conv2d& sizes);
void depthwise_conv2d_weight_gradient(const Conv2d& sizes, const real* x, const real* dy, real* dw,
                                      bool accumulate, real* workspace);

// Only for core/kernels: out[pixel, c·multiplier + m] = x[pixel, c].
void repeat_channels(const real* x, Index pixels, Index channels, Index multiplier, real* out);

}  // namespace deai::kernels
