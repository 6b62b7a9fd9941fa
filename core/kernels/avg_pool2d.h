#pragma once

#include "kernels/conv2d.h"

// Averages of windows, as a convolution whose weights are all 1 / (kernel_height · kernel_width):
// padding counts as zeros that belong to the window. sizes.filters = sizes.channels.
namespace deai::kernels {

Index avg_pool2d_workspace(const Conv2d& sizes);
void avg_pool2d(const Conv2d& sizes, const real* x, real* y, real* workspace);

// dx = the gradient of x; accumulate: added to what dx holds.
Index avg_pool2d_gradient_workspace(const Conv2d& sizes);
void avg_pool2d_gradient(const Conv2d& sizes, const real* dy, real* dx, bool accumulate,
                         real* workspace);

}  // namespace deai::kernels
