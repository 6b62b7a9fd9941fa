#include "ops/conv_transpose2d.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/activations.h"
#include "kernels/column_sums.h"
#include "kernels/grouped_conv2d.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

// The convolution y → x.
kernels::Conv2d check(const Shape& x, const Shape& w, const Shape& b, bool has_bias,
                      const ConvTranspose2dOptions& options) {
  const auto& [stride, padding, more, dilation, groups] = options;
  if (x.rank() != 4 || w.rank() != 4 || x[3] != w[0] || (has_bias && b != Shape{w[3] * groups})) {
    fail(ErrorCode::kShape,
         text("conv_transpose2d: expected x [N, H, W, C], w [C, Kh, Kw, O / groups], b [O], got x ",
              x.to_string(), ", w ", w.to_string(), ", b ", b.to_string(),
              " and groups = ", groups));
  }
  if (std::min({stride[0], stride[1], dilation[0], dilation[1], groups}) < 1 ||
      std::min({padding[0], padding[1], more[0], more[1]}) < 0 || more[0] >= stride[0] ||
      more[1] >= stride[1] || x[3] % groups != 0) {
    fail(ErrorCode::kArgument,
         text("conv_transpose2d: stride, dilation and groups are at least 1, paddings at least 0, "
              "output padding less than the stride, and groups divide the channels of x ",
              x.to_string()));
  }
  // How long a line is that the convolution makes `count` windows of.
  const auto line = [&, &s = stride, &p = padding, &m = more, &d = dilation](
                        Index count, Index kernel, std::size_t axis) {
    return (count - 1) * s[axis] - 2 * p[axis] + d[axis] * (kernel - 1) + 1 + m[axis];
  };
  const kernels::Conv2d sizes{.batch = x[0],
                              .height = line(x[1], w[1], 0),
                              .width = line(x[2], w[2], 1),
                              .channels = w[3] * groups,
                              .filters = x[3],
                              .kernel_height = w[1],
                              .kernel_width = w[2],
                              .stride_height = stride[0],
                              .stride_width = stride[1],
                              .padding_height = padding[0],
                              .padding_width = padding[1],
                              .dilation_height = dilation[0],
                              .dilation_width = dilation[1]};
  if (w.size() == 0 || x[1] < 1 || x[2] < 1 || sizes.height < 1 || sizes.width < 1) {
    fail(ErrorCode::kShape,
         text("conv_transpose2d: nothing is left of x ", x.to_string(), " with w ", w.to_string()));
  }
  return sizes;
}

// What convolving the gradient gives is added by hand: the forward kernel only writes.
void convolve(const kernels::Conv2d& sizes, Index groups, const Tensor& dy, const Tensor& w,
              autograd::Gradient& dx) {
  const auto [data, accumulate] = dx.target();
  Tensor workspace({kernels::grouped_conv2d_workspace(sizes, groups)});
  if (!accumulate) {
    kernels::grouped_conv2d(sizes, groups, dy.data(), w.data(), nullptr, data, workspace.data());
    return;
  }
  Tensor share(dx.shape());
  kernels::grouped_conv2d(sizes, groups, dy.data(), w.data(), nullptr, share.data(),
                          workspace.data());
  kernels::scale(share.data(), share.size(), 1, data, true);
}

}  // namespace

// y = what dx of a convolution with w would be were x its dy, and b: y[n, h·s − p + i·d, …, o] sums
// x[n, h, …, c]·w[c, i, j, o]; x [N, H, W, C], w [C, Kh, Kw, O / groups], b [O] (or a default variable: none) → [N, H', W', O],
// H' = (H − 1)·s − 2·p + d·(Kh − 1) + 1 + output padding. dx is that convolution of dy, dw its
// weight gradient, db = Σ over all pixels of dy. Keeps x and w.
autograd::Variable conv_transpose2d(autograd::Context& context, const autograd::Variable& x,
                                    const autograd::Variable& w, const autograd::Variable& b,
                                    const ConvTranspose2dOptions& options) {
  const bool has_bias = static_cast<bool>(b.value());
  const kernels::Conv2d sizes = check(x.shape(), w.shape(), b.shape(), has_bias, options);
  const Index groups = options.groups;
  Tensor y({sizes.batch, sizes.height, sizes.width, sizes.channels});
  for (Index at = 0; has_bias && at < y.size(); at += sizes.channels) {
    std::copy_n(b.value().data(), sizes.channels, y.data() + at);
  }
  {
    Tensor workspace({kernels::grouped_conv2d_input_gradient_workspace(sizes, groups, has_bias)});
    kernels::grouped_conv2d_input_gradient(sizes, groups, x.value().data(), w.value().data(),
                                           y.data(), has_bias, workspace.data());
  }
  if (!x.needs_gradient() && !w.needs_gradient() && !b.needs_gradient()) {
    return autograd::Variable(y);
  }

  return context.tape.record(y, [sizes, groups, x = x.value(), w = w.value(), dx = x.gradient(),
                                 dw = w.gradient(), db = b.gradient()](const Tensor& dy) {
    if (dx != nullptr) convolve(sizes, groups, dy, w, *dx);
    if (dw != nullptr) {
      const auto [data, accumulate] = dw->target();
      Tensor workspace({kernels::grouped_conv2d_weight_gradient_workspace(sizes, groups)});
      kernels::grouped_conv2d_weight_gradient(sizes, groups, dy.data(), x.data(), data, accumulate,
                                              workspace.data());
    }
    if (db != nullptr) {
      const auto [data, accumulate] = db->target();
      kernels::column_sums(dy.data(), dy.size() / sizes.channels, sizes.channels, data, accumulate);
    }
  });
}

}  // namespace deai::ops
