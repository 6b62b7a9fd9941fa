#include "ops/dropout.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

// y = x·m, m = 1 / (1 − rate) with probability 1 − rate and 0 otherwise; any shape → the same;
// dx = dy·m. Keeps m. While not training y is x.
autograd::Variable dropout(autograd::Context& context, const autograd::Variable& x, real rate) {
  if (!(rate >= 0 && rate < 1)) {
    fail(ErrorCode::kArgument, text("dropout: expected a rate in [0, 1), got ", rate));
  }
  if (!context.training || rate == 0) return x;

  tensor::Tensor m(x.shape());
  const real scale = 1 / (1 - rate);
  // One number of the counter-based stream per element: no kernel for that.
  for (real& factor : m.span()) factor = context.random.uniform() < rate ? 0 : scale;
  tensor::Tensor y(x.shape());
  tensor::flat(y) = tensor::flat(x.value()) * tensor::flat(m);
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), m](const tensor::Tensor& dy) {
    give(*dx, tensor::flat(dy) * tensor::flat(m));
  });
}

}  // namespace deai::ops
