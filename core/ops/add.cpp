#include "ops/add.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

// y = a + b; two of one shape → the same; da = db = dy. Keeps nothing.
autograd::Variable add(autograd::Context& context, const autograd::Variable& a,
                       const autograd::Variable& b) {
  if (a.shape() != b.shape()) {
    fail(ErrorCode::kShape,
         text("add: a ", a.shape().to_string(), " and b ", b.shape().to_string(), " differ"));
  }
  tensor::Tensor y(a.shape());
  tensor::flat(y) = tensor::flat(a.value()) + tensor::flat(b.value());
  if (!a.needs_gradient() && !b.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [da = a.gradient(), db = b.gradient()](const tensor::Tensor& dy) {
    if (da != nullptr) give(*da, tensor::flat(dy));
    if (db != nullptr) give(*db, tensor::flat(dy));
  });
}

}  // namespace deai::ops
