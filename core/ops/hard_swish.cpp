#include "ops/hard_swish.h"

#include "ops/unary.h"

namespace deai::ops {

// y = x·min(max(x + 3, 0), 6) / 6 (Howard et al., MobileNetV3, 2019); any shape → the same;
// dx = 0 below −3, dy above 3, dy·(2·x + 3) / 6 between. Keeps x.
autograd::Variable hard_swish(autograd::Context& context, const autograd::Variable& x) {
  return unary(context, x, kernels::hard_swish, kernels::hard_swish_gradient, Keeps::kX);
}

}  // namespace deai::ops
