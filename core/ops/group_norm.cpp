#include "ops/group_norm.h"

#include "base/error.h"
#include "ops/channel_norm.h"

namespace deai::ops {

namespace {

kernels::ChannelNorm check(const Shape& x, const Shape& gamma, const Shape& beta, Index groups) {
  if (x.rank() < 2 || x[-1] < 1 || gamma != Shape{x[-1]} || beta != gamma) {
    fail(ErrorCode::kShape,
         text("group_norm: expected x [N, ..., C], gamma [C], beta [C] with C ≥ 1, got x ",
              x.to_string(), ", gamma ", gamma.to_string(), ", beta ", beta.to_string()));
  }
  if (groups < 1 || x[-1] % groups != 0) {
    fail(ErrorCode::kArgument,
         text("group_norm: ", groups, " groups do not divide the channels of x ", x.to_string()));
  }
  Index pixels = 1;
  for (Index axis = 1; axis + 1 < x.rank(); ++axis) pixels *= x[axis];
  if (pixels < 1) {
    fail(ErrorCode::kShape, text("group_norm: images without pixels: x ", x.to_string()));
  }
  return {.batch = x[0], .pixels = pixels, .channels = x[-1], .group = x[-1] / groups};
}

}  // namespace

// y = n·gamma + beta, n = (x − m) / √(v + ε), m and v mean and (biased) variance over all pixels of
// an image and the neighbouring channels of a group (Wu and He, "Group normalization", 2018);
// x [N, ..., C], gamma [C], beta [C] → [N, ..., C]. With g = dy·gamma and means over the group:
// dx = (g − mean(g) − n·mean(g·n)) / √(v + ε), dgamma = Σ dy·n, dbeta = Σ dy.
// Keeps x, gamma, and two numbers per image and channel.
autograd::Variable group_norm(autograd::Context& context, const autograd::Variable& x,
                              const autograd::Variable& gamma, const autograd::Variable& beta,
                              Index groups, real epsilon) {
  const kernels::ChannelNorm sizes = check(x.shape(), gamma.shape(), beta.shape(), groups);
  tensor::Tensor mean({sizes.batch, sizes.channels});
  tensor::Tensor scale(mean.shape());
  kernels::channel_moments(sizes, x.value().data(), mean.data(), scale.data());
  kernels::inverse_deviation(scale.data(), scale.size(), epsilon, scale.data());
  return channel_norm(context, x, gamma, beta, sizes, mean, scale, false);
}

}  // namespace deai::ops
