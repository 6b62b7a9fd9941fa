#include "ops/batch_norm.h"

#include "base/error.h"
#include "ops/channel_norm.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

// All pixels of the batch are one image.
kernels::ChannelNorm check(const Shape& x, const Shape& gamma, const Shape& beta,
                           const RunningStatistics& running) {
  if (x.rank() < 2 || x[-1] < 1 || gamma != Shape{x[-1]} || beta != gamma ||
      running.mean.shape() != gamma || running.variance.shape() != gamma) {
    fail(ErrorCode::kShape,
         text("batch_norm: expected x [N, ..., C], gamma [C], beta [C], running mean and variance "
              "[C] with C ≥ 1, got x ",
              x.to_string(), ", gamma ", gamma.to_string(), ", beta ", beta.to_string(),
              ", running mean ", running.mean.shape().to_string(), ", variance ",
              running.variance.shape().to_string()));
  }
  return {.batch = 1, .pixels = x.size() / x[-1], .channels = x[-1]};
}

// The running variance is unbiased: divided by the count less one.
void follow(const kernels::ChannelNorm& sizes, const Tensor& mean, const Tensor& variance,
            real momentum, RunningStatistics& running) {
  const auto count = static_cast<real>(sizes.pixels);
  for (Index c = 0; c < sizes.channels; ++c) {
    real& old_mean = running.mean.data()[c];
    real& old_variance = running.variance.data()[c];
    old_mean += momentum * (mean.data()[c] - old_mean);
    old_variance += momentum * (variance.data()[c] * (count / (count - 1)) - old_variance);
  }
}

}  // namespace

// y = n·gamma + beta, n = (x − m) / √(v + ε), m and v mean and (biased) variance of a channel over
// the batch and all pixels (Ioffe and Szegedy, "Batch normalization", 2015), or the running ones;
// x [N, ..., C], gamma [C], beta [C] → [N, ..., C]. With g = dy·gamma and means over the channel:
// dx = (g − mean(g) − n·mean(g·n)) / √(v + ε), with running statistics g / √(v + ε);
// dgamma = Σ dy·n, dbeta = Σ dy. Keeps x, gamma, and two numbers per channel.
autograd::Variable batch_norm(autograd::Context& context, const autograd::Variable& x,
                              const autograd::Variable& gamma, const autograd::Variable& beta,
                              RunningStatistics running, const BatchNormOptions& options) {
  const kernels::ChannelNorm sizes = check(x.shape(), gamma.shape(), beta.shape(), running);
  Tensor scale({sizes.channels});
  if (!context.training || options.frozen) {
    kernels::inverse_deviation(running.variance.data(), sizes.channels, options.epsilon,
                               scale.data());
    // A copy: the rule must find what was used, whatever becomes of the running one.
    return channel_norm(context, x, gamma, beta, sizes, running.mean.clone(), scale, true);
  }
  if (sizes.pixels < 2) {
    fail(ErrorCode::kShape,
         text("batch_norm: training needs two values for each channel at least, got x ",
              x.shape().to_string()));
  }
  Tensor mean({sizes.channels});
  kernels::channel_moments(sizes, x.value().data(), mean.data(), scale.data());
  follow(sizes, mean, scale, options.momentum, running);
  kernels::inverse_deviation(scale.data(), sizes.channels, options.epsilon, scale.data());
  return channel_norm(context, x, gamma, beta, sizes, mean, scale, false);
}

}  // namespace deai::ops
