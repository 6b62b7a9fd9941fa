#include "ops/avg_pool2d.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/avg_pool2d.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::Conv2d check(const Shape& x, const AvgPool2dOptions& options) {
  const auto& [kernel, stride, padding] = options;
  if (x.rank() != 4) {
    fail(ErrorCode::kShape, text("avg_pool2d: expected x [N, H, W, C], got ", x.to_string()));
  }
  if (std::min({kernel[0], kernel[1], stride[0], stride[1]}) < 1 ||
      std::min(padding[0], padding[1]) < 0 || padding[0] > kernel[0] / 2 ||
      padding[1] > kernel[1] / 2) {
    fail(ErrorCode::kArgument,
         "avg_pool2d: kernel and stride are at least 1, padding at most half of the kernel");
  }
  const kernels::Conv2d sizes{.batch = x[0],
                              .height = x[1],
                              .width = x[2],
                              .channels = x[3],
                              .filters = x[3],
                              .kernel_height = kernel[0],
                              .kernel_width = kernel[1],
                              .stride_height = stride[0],
                              .stride_width = stride[1],
                              .padding_height = padding[0],
                              .padding_width = padding[1]};
  if (sizes.out_height() < 1 || sizes.out_width() < 1) {
    fail(ErrorCode::kShape, text("avg_pool2d: a window of ", kernel[0], "x", kernel[1],
                                 " does not fit into x ", x.to_string()));
  }
  return sizes;
}

}  // namespace

// y = the mean of each window, per channel, zeros of the padding counted; x [N, H, W, C] →
// [N, H', W', C]; dx = Σ over the windows that hold the pixel of dy / (Kh·Kw). Keeps nothing.
autograd::Variable avg_pool2d(autograd::Context& context, const autograd::Variable& x,
                              const AvgPool2dOptions& options) {
  const kernels::Conv2d sizes = check(x.shape(), options);
  Tensor y({sizes.batch, sizes.out_height(), sizes.out_width(), sizes.channels});
  {
    Tensor workspace({kernels::avg_pool2d_workspace(sizes)});
    kernels::avg_pool2d(sizes, x.value().data(), y.data(), workspace.data());
  }
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [sizes, dx = x.gradient()](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    Tensor workspace({kernels::avg_pool2d_gradient_workspace(sizes)});
    kernels::avg_pool2d_gradient(sizes, dy.data(), data, accumulate, workspace.data());
  });
}

}  // namespace deai::ops
