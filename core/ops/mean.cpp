#include "ops/mean.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

// y = Σ x / n, n the number of elements; any shape with n ≥ 1 → []; dx = dy / n everywhere. Keeps
// nothing.
autograd::Variable mean(autograd::Context& context, const autograd::Variable& x) {
  if (x.value().size() < 1) {
    fail(ErrorCode::kShape, text("mean: x ", x.shape().to_string(), " has no elements"));
  }
  const tensor::Tensor y = tensor::Tensor::scalar(tensor::flat(x.value()).mean());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient()](const tensor::Tensor& dy) {
    const Index count = dx->shape().size();
    give(*dx, tensor::Flat::PlainObject::Constant(count, dy.item() / static_cast<real>(count)));
  });
}

}  // namespace deai::ops
