#include "ops/scale.h"

#include "kernels/activations.h"

namespace deai::ops {

// y = factor·x; any shape → the same; dx = factor·dy. Keeps nothing.
autograd::Variable scale(autograd::Context& context, const autograd::Variable& x, real factor) {
  tensor::Tensor y(x.shape());
  kernels::scale(x.value().data(), y.size(), factor, y.data(), false);
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), factor](const tensor::Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::scale(dy.data(), dy.size(), factor, data, accumulate);
  });
}

}  // namespace deai::ops
