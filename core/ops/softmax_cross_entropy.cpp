#include "ops/softmax_cross_entropy.h"

#include <cmath>

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

namespace {

void check(const Shape& logits, std::span<const std::int32_t> labels) {
  if (logits.rank() != 2 || logits.size() < 1 || logits[0] != static_cast<Index>(labels.size())) {
    fail(ErrorCode::kShape, text("softmax_cross_entropy: expected logits [N, K] and labels [N] "
                                 "with N, K ≥ 1, got logits ",
                                 logits.to_string(), ", labels [", labels.size(), "]"));
  }
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || labels[row] >= logits[1]) {
      fail(ErrorCode::kArgument, text("softmax_cross_entropy: label ", labels[row], " of row ", row,
                                      " is not in 0..", logits[1] - 1));
    }
  }
}

}  // namespace

// loss = −1/N Σₙ log p[n, labelₙ], p = softmax of each row; logits [N, K] → [];
// dlogits = dloss·(p − 1 at the label) / N. Keeps the latter without dloss, if it is wanted.
autograd::Variable softmax_cross_entropy(autograd::Context& context,
                                         const autograd::Variable& logits,
                                         std::span<const std::int32_t> labels) {
  check(logits.shape(), labels);
  const tensor::ConstTable in = tensor::table(logits.value());
  const auto share = static_cast<real>(1.0 / static_cast<double>(in.rows()));
  tensor::Tensor slope(logits.shape());
  tensor::Table rows = tensor::table(slope);
  double loss = 0;
  for (Index row = 0; row < in.rows(); ++row) {
    const Index label = labels[static_cast<std::size_t>(row)];
    const real largest = in.row(row).maxCoeff();
    rows.row(row) = (in.row(row) - largest).exp();
    const real sum = rows.row(row).sum();
    loss += static_cast<double>(std::log(sum) - (in(row, label) - largest));
    rows.row(row) *= share / sum;
    rows(row, label) -= share;
  }
  const auto mean =
      tensor::Tensor::scalar(static_cast<real>(loss / static_cast<double>(in.rows())));
  if (!logits.needs_gradient()) return autograd::Variable(mean);

  return context.tape.record(mean, [dx = logits.gradient(), slope](const tensor::Tensor& dy) {
    give(*dx, tensor::flat(slope) * dy.item());
  });
}

}  // namespace deai::ops
