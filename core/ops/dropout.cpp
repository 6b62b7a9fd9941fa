#include "ops/dropout.h"

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

namespace {

// One number of the counter-based stream per element: no kernel for that. Where x is some rows of a
// batch, the stream is left where the whole batch would have left it.
tensor::Tensor draw(autograd::Context& context, const Shape& shape, real rate) {
  tensor::Tensor m(shape);
  const auto [first, total] = context.rows;
  const std::uint64_t begin = context.random.position();
  const auto rows = [&](Index count) {
    return begin + static_cast<std::uint64_t>(count * (m.size() / std::max<Index>(1, shape[0])));
  };
  if (total > 0) {
    if (shape.rank() < 1 || first < 0 || first + shape[0] > total) {
      fail(ErrorCode::kShape, text("dropout: x ", shape.to_string(), " does not lie in a batch of ",
                                   total, " rows from row ", first, " on"));
    }
    context.random.seek(rows(first));
  }
  const real scale = 1 / (1 - rate);
  for (real& factor : m.span()) factor = context.random.uniform() < rate ? 0 : scale;
  if (total > 0) context.random.seek(rows(total));
  return m;
}

}  // namespace

// y = x·m, m = 1 / (1 − rate) with probability 1 − rate and 0 otherwise; any shape → the same;
// dx = dy·m. Keeps m. While not training y is x.
autograd::Variable dropout(autograd::Context& context, const autograd::Variable& x, real rate) {
  if (!(rate >= 0 && rate < 1)) {
    fail(ErrorCode::kArgument, text("dropout: expected a rate in [0, 1), got ", rate));
  }
  if (!context.training || rate == 0) return x;

  const tensor::Tensor m = draw(context, x.shape(), rate);
  tensor::Tensor y(x.shape());
  tensor::flat(y) = tensor::flat(x.value()) * tensor::flat(m);
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), m](const tensor::Tensor& dy) {
    give(*dx, tensor::flat(dy) * tensor::flat(m));
  });
}

}  // namespace deai::ops
