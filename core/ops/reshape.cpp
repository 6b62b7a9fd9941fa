#include "ops/reshape.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

// The same elements in the same order under another shape of equal size; dx = dy. Keeps nothing.
// The one op whose result shares memory with its input: no op writes into a finished value.
autograd::Variable reshape(autograd::Context& context, const autograd::Variable& x,
                           const Shape& shape) {
  if (x.shape().size() != shape.size()) {
    fail(ErrorCode::kShape,
         text("reshape: x ", x.shape().to_string(), " does not fit ", shape.to_string()));
  }
  const tensor::Tensor y = x.value().reshaped(shape);
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient()](const tensor::Tensor& dy) {
    if (dx->may_adopt() && dy.is_sole_owner()) return dx->adopt(dy.reshaped(dx->shape()));
    give(*dx, tensor::flat(dy));
  });
}

}  // namespace deai::ops
