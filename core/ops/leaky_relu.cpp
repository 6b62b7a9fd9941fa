#include "ops/leaky_relu.h"

#include "kernels/activations.h"

namespace deai::ops {

// y = x where x > 0, slope·x elsewhere; any shape → the same; dx = dy, or slope·dy. Keeps x.
autograd::Variable leaky_relu(autograd::Context& context, const autograd::Variable& x, real slope) {
  tensor::Tensor y(x.shape());
  kernels::leaky_relu(x.value().data(), y.size(), slope, y.data());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(
      y, [x = x.value(), dx = x.gradient(), slope](const tensor::Tensor& dy) {
        const auto [data, accumulate] = dx->target();
        kernels::leaky_relu_gradient(x.data(), dy.data(), dy.size(), slope, data, accumulate);
      });
}

}  // namespace deai::ops
