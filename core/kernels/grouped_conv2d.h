#pragma once

#include "kernels/conv2d.h"

// A convolution whose channels and filters are split into `groups` neighbourhoods: filter f reads
// the channels of group f / (filters / groups) alone. `groups` divides both numbers.
// w: [filters, kernel_height, kernel_width, channels / groups]. One group is conv2d itself, as many
// as channels depthwise_conv2d.
namespace deai::kernels {

// y = x ∗ w + bias. bias: [filters], or nullptr for none.
Index grouped_conv2d_workspace(const Conv2d& sizes, Index groups);
void grouped_conv2d(const Conv2d& sizes, Index groups, const real* x, const real* w,
                    const real* bias, real* y, real* workspace);

// dx = the gradient of x; accumulate: added to what dx holds.
Index grouped_conv2d_input_gradient_workspace(const Conv2d& sizes, Index groups, bool accumulate);
void grouped_conv2d_input_gradient(const Conv2d& sizes, Index groups, const real* dy, const real* w,
                                   real* dx, bool accumulate, real* workspace);

// dw = the gradient of w; accumulate: added to what dw holds.
Index grouped_conv2d_weight_gradient_workspace(const Conv2d& sizes, Index groups);
void grouped_conv2d_weight_gradient(const Conv2d& sizes, Index groups, const real* x,
                                    const real* dy, real* dw, bool accumulate, real* workspace);

}  // namespace deai::kernels
