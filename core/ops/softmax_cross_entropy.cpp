#include "ops/softmax_cross_entropy.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/activations.h"
#include "kernels/cross_entropy.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

void check(const Shape& logits, std::span<const std::int32_t> labels,
           const CrossEntropyOptions& options) {
  if (logits.rank() != 2 || logits.size() < 1 || logits[0] != static_cast<Index>(labels.size())) {
    fail(ErrorCode::kShape, text("softmax_cross_entropy: expected logits [N, K] and labels [N] "
                                 "with N, K ≥ 1, got logits ",
                                 logits.to_string(), ", labels [", labels.size(), "]"));
  }
  const auto& weights = options.class_weights;
  if (!weights.empty() && static_cast<Index>(weights.size()) != logits[1]) {
    fail(ErrorCode::kShape, text("softmax_cross_entropy: ", weights.size(),
                                 " class weights for logits ", logits.to_string()));
  }
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1) ||
      !std::ranges::all_of(weights, [](real weight) { return weight >= 0; })) {
    fail(ErrorCode::kArgument, text("softmax_cross_entropy: expected label smoothing in [0, 1] and "
                                    "class weights of at least 0, got smoothing ",
                                    options.label_smoothing));
  }
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] == options.ignored) continue;
    if (labels[row] < 0 || labels[row] >= logits[1]) {
      fail(ErrorCode::kArgument, text("softmax_cross_entropy: label ", labels[row], " of row ", row,
                                      " is not in 0..", logits[1] - 1));
    }
  }
}

// Of all rows that count.
double total_weight(std::span<const std::int32_t> labels, const CrossEntropyOptions& options) {
  double total = 0;
  for (const std::int32_t label : labels) {
    if (label == options.ignored) continue;
    total += options.class_weights.empty()
                 ? 1.0
                 : static_cast<double>(options.class_weights[static_cast<std::size_t>(label)]);
  }
  return total;
}

}  // namespace

// loss = −Σₙ Σ_c q[n, c]·log p[n, c] / Σₙ w[labelₙ], p = softmax of each row,
// q[n, c] = w_c·((1 − ε)·[c = labelₙ] + ε / K), w the class weights, ε the smoothing; logits [N, K]
// → []; 0 where no row counts. Without options −1/N Σₙ log p[n, labelₙ].
// dlogits[n, j] = dloss·(p[n, j]·Σ_c q[n, c] − q[n, j]) / Σₙ w[labelₙ]. Keeps that without dloss.
autograd::Variable softmax_cross_entropy(autograd::Context& context,
                                         const autograd::Variable& logits,
                                         std::span<const std::int32_t> labels,
                                         const CrossEntropyOptions& options) {
  check(logits.shape(), labels, options);
  const double total = total_weight(labels, options);
  const double share = total > 0 ? 1 / total : 0;
  const kernels::CrossEntropy sizes{
      .rows = logits.shape()[0],
      .classes = logits.shape()[1],
      .labels = labels.data(),
      .weights = options.class_weights.empty() ? nullptr : options.class_weights.data(),
      .smoothing = options.label_smoothing,
      .ignores = options.ignored.has_value(),
      .ignored = options.ignored.value_or(0)};
  Tensor slope(logits.shape());
  Tensor losses({sizes.rows});
  kernels::cross_entropy(sizes, logits.value().data(), static_cast<real>(share), losses.data(),
                         slope.data());
  double sum = 0;
  for (const real loss : losses.span()) sum += static_cast<double>(loss);
  const auto mean = Tensor::scalar(static_cast<real>(sum * share));
  if (!logits.needs_gradient()) return autograd::Variable(mean);

  return context.tape.record(mean, [dx = logits.gradient(), slope](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::scale(slope.data(), slope.size(), dy.item(), data, accumulate);
  });
}

}  // namespace deai::ops
