#include "ops/gelu.h"

#include "ops/unary.h"

namespace deai::ops {

// y = x·Φ(x), Φ the normal distribution (Hendrycks and Gimpel, 2016), or with
// Φ ≈ (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2; any shape → the same; dx = dy·(Φ + x·Φ'). Keeps x.
autograd::Variable gelu(autograd::Context& context, const autograd::Variable& x, Gelu kind) {
  if (kind == Gelu::kTanh) {
    return unary(context, x, kernels::gelu_tanh, kernels::gelu_tanh_gradient, Keeps::kX);
  }
  return unary(context, x, kernels::gelu, kernels::gelu_gradient, Keeps::kX);
}

}  // namespace deai::ops
