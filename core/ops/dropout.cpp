#include "ops/dropout.h"

#include "base/error.h"
#include "kernels/dropout.h"

namespace deai::ops {

namespace {

using tensor::Tensor;

// Takes one key from the context's stream, whatever the size of x. Where x is some rows of a batch,
// its elements are numbered as in the whole: all who work on it draw what one would draw.
kernels::Dropout draw(autograd::Context& context, const Shape& shape, real rate) {
  const std::uint64_t key = context.random.next_u64();
  kernels::Dropout out{
      .key = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)},
      .first = 0,
      .rate = static_cast<double>(rate)};
  const auto [first, total] = context.rows;
  if (total == 0) return out;
  if (shape.rank() < 1 || first < 0 || first + shape[0] > total) {
    fail(ErrorCode::kShape, text("dropout: x ", shape.to_string(), " does not lie in a batch of ",
                                 total, " rows from row ", first, " on"));
  }
  if (shape[0] > 0) out.first = static_cast<std::uint64_t>(first * (shape.size() / shape[0]));
  return out;
}

}  // namespace

// y = x·m, m = 1 / (1 − rate) with probability 1 − rate and 0 otherwise; any shape → the same;
// dx = dy·m. Keeps m. While not training y is x.
autograd::Variable dropout(autograd::Context& context, const autograd::Variable& x, real rate) {
  if (!(rate >= 0 && rate < 1)) {
    fail(ErrorCode::kArgument, text("dropout: expected a rate in [0, 1), got ", rate));
  }
  if (!context.training || rate == 0) return x;

  Tensor m(x.shape());
  Tensor y(x.shape());
  kernels::dropout(draw(context, x.shape(), rate), x.value().data(), y.size(), m.data(), y.data());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), m](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::dropout_gradient(m.data(), dy.data(), dy.size(), data, accumulate);
  });
}

}  // namespace deai::ops
