#include "ops/multiply.h"

#include "base/error.h"
#include "kernels/activations.h"

namespace deai::ops {

// y = a·b, element by element; two of one shape → the same; da = dy·b, db = dy·a. Keeps a and b.
autograd::Variable multiply(autograd::Context& context, const autograd::Variable& a,
                            const autograd::Variable& b) {
  if (a.shape() != b.shape()) {
    fail(ErrorCode::kShape,
         text("multiply: a ", a.shape().to_string(), " and b ", b.shape().to_string(), " differ"));
  }
  tensor::Tensor y(a.shape());
  kernels::multiply(a.value().data(), b.value().data(), y.size(), y.data(), false);
  if (!a.needs_gradient() && !b.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [a = a.value(), b = b.value(), da = a.gradient(),
                                 db = b.gradient()](const tensor::Tensor& dy) {
    if (da != nullptr) {
      const auto [data, accumulate] = da->target();
      kernels::multiply(dy.data(), b.data(), dy.size(), data, accumulate);
    }
    if (db != nullptr) {
      const auto [data, accumulate] = db->target();
      kernels::multiply(dy.data(), a.data(), dy.size(), data, accumulate);
    }
  });
}

}  // namespace deai::ops
