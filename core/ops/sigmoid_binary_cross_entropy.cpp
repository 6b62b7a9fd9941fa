#include "ops/sigmoid_binary_cross_entropy.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

namespace {

void check(const Shape& logits, std::span<const std::int32_t> labels) {
  const auto count = static_cast<Index>(labels.size());
  if (count < 1 || (logits != Shape{count} && logits != Shape{count, 1})) {
    fail(ErrorCode::kShape, text("sigmoid_binary_cross_entropy: expected logits [N] or [N, 1] and "
                                 "labels [N] with N ≥ 1, got logits ",
                                 logits.to_string(), ", labels [", count, "]"));
  }
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] != 0 && labels[row] != 1) {
      fail(ErrorCode::kArgument, text("sigmoid_binary_cross_entropy: label ", labels[row],
                                      " of row ", row, " is neither 0 nor 1"));
    }
  }
}

}  // namespace

// loss = −1/N Σ (t·log σ(z) + (1 − t)·log(1 − σ(z))), computed as
// 1/N Σ (max(z, 0) − z·t + log(1 + e^−|z|)), which never overflows; logits [N] or [N, 1] → [];
// dz = dloss·(σ(z) − t) / N. Keeps the latter without dloss.
autograd::Variable sigmoid_binary_cross_entropy(autograd::Context& context,
                                                const autograd::Variable& logits,
                                                std::span<const std::int32_t> labels) {
  check(logits.shape(), labels);
  const Eigen::Map<const Eigen::Array<std::int32_t, Eigen::Dynamic, 1>> classes(
      labels.data(), static_cast<Index>(labels.size()));
  const tensor::ConstFlat z = tensor::flat(logits.value());
  const auto t = classes.cast<real>();
  const auto mean =
      tensor::Tensor::scalar((z.max(real(0)) - z * t + (-z.abs()).exp().log1p()).mean());
  if (!logits.needs_gradient()) return autograd::Variable(mean);

  tensor::Tensor slope(logits.shape());
  tensor::flat(slope) = ((real(1) + (-z).exp()).inverse() - t) / static_cast<real>(labels.size());
  return context.tape.record(mean, [dx = logits.gradient(), slope](const tensor::Tensor& dy) {
    give(*dx, tensor::flat(slope) * dy.item());
  });
}

}  // namespace deai::ops
