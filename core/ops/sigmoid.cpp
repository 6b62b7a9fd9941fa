#include "ops/sigmoid.h"

#include "ops/unary.h"

namespace deai::ops {

// y = 1 / (1 + e⁻ˣ); any shape → the same; dx = dy·y·(1 − y). Keeps y.
autograd::Variable sigmoid(autograd::Context& context, const autograd::Variable& x) {
  return unary(context, x, kernels::sigmoid, kernels::sigmoid_gradient, Keeps::kY);
}

}  // namespace deai::ops
