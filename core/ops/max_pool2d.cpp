#include "ops/max_pool2d.h"

#include "base/error.h"
#include "kernels/max_pool2d.h"
#include "kernels/memory.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::MaxPool2d check(const Shape& x, const Pool2dOptions& options) {
  const auto& [kernel, stride, padding] = options;
  check_pool2d("max_pool2d", x, options);
  const kernels::MaxPool2d sizes{.batch = x[0],
                                 .height = x[1],
                                 .width = x[2],
                                 .channels = x[3],
                                 .kernel_height = kernel[0],
                                 .kernel_width = kernel[1],
                                 .stride_height = stride[0],
                                 .stride_width = stride[1],
                                 .padding_height = padding[0],
                                 .padding_width = padding[1]};
  // Taps are numbered in 16 bits.
  if (kernel[0] > 256 || kernel[1] > 255) {
    fail(ErrorCode::kArgument,
         text("max_pool2d: a window of ", kernel[0], "x", kernel[1], ", expected at most 256x255"));
  }
  return sizes;
}

// A tensor as room for whole numbers.
std::uint16_t* taps_in(Tensor& memory) { return reinterpret_cast<std::uint16_t*>(memory.data()); }
const std::uint16_t* taps_in(const Tensor& memory) {
  return reinterpret_cast<const std::uint16_t*>(memory.data());
}

}  // namespace

// y = the largest element of each window, per channel; x [N, H, W, C] → [N, H', W', C]; dx takes dy
// where y came from. Keeps for each element of y which one that was.
autograd::Variable max_pool2d(autograd::Context& context, const autograd::Variable& x,
                              const Pool2dOptions& options) {
  const kernels::MaxPool2d sizes = check(x.shape(), options);
  Tensor y({sizes.batch, sizes.out_height(), sizes.out_width(), sizes.channels});
  static_assert(sizeof(real) % sizeof(std::uint16_t) == 0);
  Tensor taps({kernels::ceil_div(y.size(), Index{sizeof(real) / sizeof(std::uint16_t)})});
  kernels::max_pool2d(sizes, x.value().data(), y.data(), taps_in(taps));
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [sizes, taps, dx = x.gradient()](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::max_pool2d_gradient(sizes, dy.data(), taps_in(taps), data, accumulate);
  });
}

}  // namespace deai::ops
