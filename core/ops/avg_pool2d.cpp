#include "ops/avg_pool2d.h"

#include "kernels/avg_pool2d.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::Conv2d check(const Shape& x, const Pool2dOptions& options) {
  const auto& [kernel, stride, padding] = options;
  check_pool2d("avg_pool2d", x, options);
  return {.batch = x[0],
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
}

}  // namespace

// y = the mean of each window, per channel, zeros of the padding counted; x [N, H, W, C] →
// [N, H', W', C]; dx = Σ over the windows that hold the pixel of dy / (Kh·Kw). Keeps nothing.
autograd::Variable avg_pool2d(autograd::Context& context, const autograd::Variable& x,
                              const Pool2dOptions& options) {
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
