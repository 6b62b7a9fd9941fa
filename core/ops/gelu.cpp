#include "ops/gelu.h"

#include "kernels/activations.h"

namespace deai::ops {

using tensor::Tensor;

// y = x·Φ(x), Φ the normal distribution (Hendrycks and Gimpel, 2016), or with
// Φ ≈ (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2; any shape → the same; dx = dy·(Φ + x·Φ'). Keeps
// Φ + x·Φ', which is computed with Φ at hand.
autograd::Variable gelu(autograd::Context& context, const autograd::Variable& x, Gelu kind) {
  const bool exact = kind == Gelu::kExact;
  Tensor y(x.shape());
  if (!x.needs_gradient()) {
    (exact ? kernels::gelu : kernels::gelu_tanh)(x.value().data(), y.size(), y.data());
    return autograd::Variable(y);
  }
  Tensor slope(x.shape());
  (exact ? kernels::gelu_slope : kernels::gelu_tanh_slope)(x.value().data(), y.size(), y.data(),
                                                           slope.data());
  return context.tape.record(y, [slope, dx = x.gradient()](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    kernels::multiply(slope.data(), dy.data(), dy.size(), data, accumulate);
  });
}

}  // namespace deai::ops
