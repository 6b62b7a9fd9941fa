#include "ops/sum.h"

#include "ops/give.h"

namespace deai::ops {

// y = Σ x; any shape → []; dx = dy everywhere. Keeps nothing.
autograd::Variable sum(autograd::Context& context, const autograd::Variable& x) {
  const tensor::Tensor y = tensor::Tensor::scalar(tensor::flat(x.value()).sum());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient()](const tensor::Tensor& dy) {
    give(*dx, tensor::Flat::PlainObject::Constant(dx->shape().size(), dy.item()));
  });
}

}  // namespace deai::ops
