#include "ops/silu.h"

#include "ops/unary.h"

namespace deai::ops {

// y = x·σ(x), σ(x) = 1 / (1 + e⁻ˣ); any shape → the same; dx = dy·σ·(1 + x·(1 − σ)). Keeps x.
autograd::Variable silu(autograd::Context& context, const autograd::Variable& x) {
  return unary(context, x, kernels::silu, kernels::silu_gradient, Keeps::kX);
}

}  // namespace deai::ops
