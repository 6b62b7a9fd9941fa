#include "ops/dense.h"

#include "base/error.h"
#include "kernels/column_sums.h"
#include "kernels/gemm.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

void check(const Shape& x, const Shape& w, const Shape& b, bool has_bias) {
  if (x.rank() != 2 || w.rank() != 2 || x[1] != w[1] || (b != Shape{w[0]} && has_bias)) {
    fail(ErrorCode::kShape, text("dense: expected x [N, I], w [O, I], b [O], got x ", x.to_string(),
                                 ", w ", w.to_string(), ", b ", b.to_string()));
  }
}

void multiply(const kernels::Gemm& product) {
  Tensor workspace({kernels::gemm_workspace(product)});
  kernels::gemm(product, workspace.data());
}

}  // namespace

// y = x·wᵀ + b; x [N, I], w [O, I], b [O] (or a default variable: none) → [N, O];
// dx = dy·w, dw = dyᵀ·x, db = Σ over the batch of dy. Keeps x and w.
autograd::Variable dense(autograd::Context& context, const autograd::Variable& x,
                         const autograd::Variable& w, const autograd::Variable& b) {
  const bool has_bias = static_cast<bool>(b.value());
  check(x.shape(), w.shape(), b.shape(), has_bias);
  const Index batch = x.shape()[0];
  const Index inputs = x.shape()[1];
  const Index outputs = w.shape()[0];
  Tensor y({batch, outputs});
  multiply({.m = batch,
            .n = outputs,
            .k = inputs,
            .a = x.value().data(),
            .b = w.value().data(),
            .b_transposed = true,
            .c = y.data(),
            .bias = has_bias ? b.value().data() : nullptr});
  if (!x.needs_gradient() && !w.needs_gradient() && !b.needs_gradient()) {
    return autograd::Variable(y);
  }

  return context.tape.record(y, [x = x.value(), w = w.value(), dx = x.gradient(), dw = w.gradient(),
                                 db = b.gradient()](const Tensor& dy) mutable {
    const Index n = dy.shape()[0];
    const Index o = dy.shape()[1];
    const Index i = x.shape()[1];
    if (dw != nullptr) {
      const auto [data, accumulate] = dw->target();
      multiply({.m = o,
                .n = i,
                .k = n,
                .a = dy.data(),
                .a_transposed = true,
                .b = x.data(),
                .c = data,
                .accumulate = accumulate});
    }
    if (db != nullptr) {
      const auto [data, accumulate] = db->target();
      kernels::column_sums(dy.data(), n, o, data, accumulate);
    }
    // Last, because nobody may need x afterwards: its memory is as large as this.
    if (dx != nullptr) {
      const auto [data, accumulate] = dx->target_in(x);
      multiply({.m = n,
                .n = i,
                .k = o,
                .a = dy.data(),
                .b = w.data(),
                .c = data,
                .accumulate = accumulate});
    }
  });
}

}  // namespace deai::ops
