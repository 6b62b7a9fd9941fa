#include "ops/softmax.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

// yᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m), m = max x, along the last axis; [..., K] → the same;
// dx = y·(dy − Σⱼ dyⱼ·yⱼ). Keeps y.
autograd::Variable softmax(autograd::Context& context, const autograd::Variable& x) {
  if (x.shape().rank() < 1 || x.shape()[-1] < 1) {
    fail(ErrorCode::kShape,
         text("softmax: expected x [..., K] with K ≥ 1, got ", x.shape().to_string()));
  }
  tensor::Tensor y(x.shape());
  const tensor::ConstTable in = tensor::table(x.value());
  tensor::Table out = tensor::table(y);
  for (Index row = 0; row < in.rows(); ++row) {
    out.row(row) = (in.row(row) - in.row(row).maxCoeff()).exp();
    out.row(row) /= out.row(row).sum();
  }
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), y](const tensor::Tensor& dy) {
    const tensor::ConstTable out_rows = tensor::table(y);
    const tensor::ConstTable given = tensor::table(dy);
    tensor::Tensor share(dy.shape());
    tensor::Table rows = tensor::table(share);
    for (Index row = 0; row < rows.rows(); ++row) {
      const real dot = (given.row(row) * out_rows.row(row)).sum();
      rows.row(row) = out_rows.row(row) * (given.row(row) - dot);
    }
    give(*dx, tensor::flat(std::as_const(share)));
  });
}

}  // namespace deai::ops
