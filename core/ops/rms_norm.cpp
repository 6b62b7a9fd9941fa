#include "ops/rms_norm.h"

#include "base/error.h"
#include "kernels/row_norm.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::RowNorm check(const Shape& x, const Shape& gamma, real epsilon) {
  if (x.rank() < 1 || x[-1] < 1 || gamma != Shape{x[-1]}) {
    fail(ErrorCode::kShape, text("rms_norm: expected x [..., K], gamma [K] with K ≥ 1, got x ",
                                 x.to_string(), ", gamma ", gamma.to_string()));
  }
  return {.rows = x.size() / x[-1], .columns = x[-1], .centred = false, .epsilon = epsilon};
}

}  // namespace

// y = n·gamma, n = x / √(mean(x²) + ε) along the last axis (Zhang and Sennrich, "Root mean square
// layer normalization", 2019); x [..., K], gamma [K] → [..., K].
// With g = dy·gamma: dx = (g − n·mean(g·n)) / √(mean(x²) + ε), dgamma = Σ dy·n. Keeps x, gamma and
// a number per row.
autograd::Variable rms_norm(autograd::Context& context, const autograd::Variable& x,
                            const autograd::Variable& gamma, real epsilon) {
  const kernels::RowNorm sizes = check(x.shape(), gamma.shape(), epsilon);
  Tensor y(x.shape());
  Tensor statistics({sizes.rows, 2});
  kernels::row_norm(sizes, x.value().data(), gamma.value().data(), nullptr, y.data(),
                    statistics.data());
  if (!x.needs_gradient() && !gamma.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [sizes, x = x.value(), gamma = gamma.value(), statistics,
                                 dx = x.gradient(), dgamma = gamma.gradient()](const Tensor& dy) {
    if (dx != nullptr) {
      const auto [data, accumulate] = dx->target();
      kernels::row_norm_input_gradient(sizes, x.data(), statistics.data(), gamma.data(), dy.data(),
                                       data, accumulate);
    }
    if (dgamma != nullptr) {
      const auto [data, accumulate] = dgamma->target();
      kernels::row_norm_gamma_gradient(sizes, x.data(), statistics.data(), dy.data(), data,
                                       accumulate);
    }
  });
}

}  // namespace deai::ops
