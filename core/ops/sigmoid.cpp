#include "ops/sigmoid.h"

#include "ops/give.h"

namespace deai::ops {

// y = 1 / (1 + e⁻ˣ); any shape → the same; dx = dy·y·(1 − y). Keeps y.
autograd::Variable sigmoid(autograd::Context& context, const autograd::Variable& x) {
  tensor::Tensor y(x.shape());
  tensor::flat(y) = (real(1) + (-tensor::flat(x.value())).exp()).inverse();
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), y](const tensor::Tensor& dy) {
    const tensor::ConstFlat out = tensor::flat(y);
    give(*dx, tensor::flat(dy) * out * (real(1) - out));
  });
}

}  // namespace deai::ops
