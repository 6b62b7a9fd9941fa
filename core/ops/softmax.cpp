#include "ops/softmax.h"

#include "base/error.h"
#include "kernels/softmax.h"

namespace deai::ops {

// yᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m), m = max x, along the last axis; [..., K] → the same;
// dx = y·(dy − Σⱼ dyⱼ·yⱼ). Keeps y.
autograd::Variable softmax(autograd::Context& context, const autograd::Variable& x) {
  if (x.shape().rank() < 1 || x.shape()[-1] < 1) {
    fail(ErrorCode::kShape,
         text("softmax: expected x [..., K] with K ≥ 1, got ", x.shape().to_string()));
  }
  tensor::Tensor y(x.shape());
  const Index columns = x.shape()[-1];
  kernels::softmax(x.value().data(), y.size() / columns, columns, y.data());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), y](const tensor::Tensor& dy) {
    const Index width = y.shape()[-1];
    const auto [data, accumulate] = dx->target();
    kernels::softmax_gradient(y.data(), dy.data(), y.size() / width, width, data, accumulate);
  });
}

}  // namespace deai::ops
