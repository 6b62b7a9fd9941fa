#include "ops/tanh.h"

#include "ops/unary.h"

namespace deai::ops {

// y = tanh x; any shape → the same; dx = dy·(1 − y²). Keeps y.
autograd::Variable tanh(autograd::Context& context, const autograd::Variable& x) {
  return unary(context, x, kernels::tanh, kernels::tanh_gradient, Keeps::kY);
}

}  // namespace deai::ops
