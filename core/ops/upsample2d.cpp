#include "ops/upsample2d.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/upsample2d.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::Upsample2d check(const Shape& x, const Upsample2dOptions& options) {
  if (x.rank() != 4) {
    fail(ErrorCode::kShape, text("upsample2d: expected x [N, H, W, C], got ", x.to_string()));
  }
  if (std::min(options.factor[0], options.factor[1]) < 1) {
    fail(ErrorCode::kArgument, text("upsample2d: factors are at least 1, got ", options.factor[0],
                                    "x", options.factor[1]));
  }
  return {.batch = x[0],
          .height = x[1],
          .width = x[2],
          .channels = x[3],
          .factor_height = options.factor[0],
          .factor_width = options.factor[1],
          .bilinear = options.bilinear};
}

}  // namespace

// y = x with f × g pixels for each, equal ones or, bilinear, weighted means of the four nearest;
// x [N, H, W, C] → [N, f·H, g·W, C]; dx gathers dy with the same weights. Keeps nothing.
autograd::Variable upsample2d(autograd::Context& context, const autograd::Variable& x,
                              const Upsample2dOptions& options) {
  const kernels::Upsample2d sizes = check(x.shape(), options);
  Tensor y({sizes.batch, sizes.height * sizes.factor_height, sizes.width * sizes.factor_width,
            sizes.channels});
  kernels::upsample2d(sizes, x.value().data(), y.data());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [sizes, dx = x.gradient()](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::upsample2d_gradient(sizes, dy.data(), data, accumulate);
  });
}

}  // namespace deai::ops
