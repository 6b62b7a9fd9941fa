#include "ops/relu.h"

#include "ops/give.h"

namespace deai::ops {

// y = max(x, 0); any shape → the same; dx = dy where y > 0. Keeps y.
// A NaN stays one: a loss that went wrong must be seen.
autograd::Variable relu(autograd::Context& context, const autograd::Variable& x) {
  tensor::Tensor y(x.shape());
  const tensor::ConstFlat in = tensor::flat(x.value());
  tensor::flat(y) = (in < real(0)).select(real(0), in);
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), y](const tensor::Tensor& dy) {
    give(*dx, (tensor::flat(y) > real(0)).select(tensor::flat(dy), real(0)));
  });
}

}  // namespace deai::ops
