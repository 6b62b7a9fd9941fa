#include "ops/relu.h"

#include "kernels/relu.h"

namespace deai::ops {

// y = max(x, 0); any shape → the same; dx = dy where y > 0. Keeps y.
// A NaN stays one: a loss that went wrong must be seen.
autograd::Variable relu(autograd::Context& context, const autograd::Variable& x) {
  tensor::Tensor y(x.shape());
  kernels::relu(x.value().data(), y.size(), y.data());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), y](const tensor::Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::relu_gradient(y.data(), dy.data(), dy.size(), data, accumulate);
  });
}

}  // namespace deai::ops
