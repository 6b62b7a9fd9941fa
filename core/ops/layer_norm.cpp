#include "ops/layer_norm.h"

#include "base/error.h"
#include "kernels/column_sums.h"
#include "kernels/row_norm.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::RowNorm check(const Shape& x, const Shape& gamma, const Shape& beta, real epsilon) {
  if (x.rank() < 1 || x[-1] < 1 || gamma != Shape{x[-1]} || beta != gamma) {
    fail(ErrorCode::kShape,
         text("layer_norm: expected x [..., K], gamma [K], beta [K] with K ≥ 1, got x ",
              x.to_string(), ", gamma ", gamma.to_string(), ", beta ", beta.to_string()));
  }
  return {.rows = x.size() / x[-1], .columns = x[-1], .centred = true, .epsilon = epsilon};
}

}  // namespace

// y = n·gamma + beta, n = (x − m) / √(v + ε), m and v mean and (biased) variance along the last axis
// (Ba et al., "Layer normalization", 2016); x [..., K], gamma [K], beta [K] → [..., K].
// With g = dy·gamma: dx = (g − mean(g) − n·mean(g·n)) / √(v + ε), dgamma = Σ dy·n, dbeta = Σ dy.
// Keeps x, gamma, m and v.
autograd::Variable layer_norm(autograd::Context& context, const autograd::Variable& x,
                              const autograd::Variable& gamma, const autograd::Variable& beta,
                              real epsilon) {
  const kernels::RowNorm sizes = check(x.shape(), gamma.shape(), beta.shape(), epsilon);
  Tensor y(x.shape());
  Tensor statistics({sizes.rows, 2});
  kernels::row_norm(sizes, x.value().data(), gamma.value().data(), beta.value().data(), y.data(),
                    statistics.data());
  if (!x.needs_gradient() && !gamma.needs_gradient() && !beta.needs_gradient()) {
    return autograd::Variable(y);
  }

  return context.tape.record(
      y, [sizes, x = x.value(), gamma = gamma.value(), statistics, dx = x.gradient(),
          dgamma = gamma.gradient(), dbeta = beta.gradient()](const Tensor& dy) {
        if (dx != nullptr) {
          const auto [data, accumulate] = dx->target();
          kernels::row_norm_input_gradient(sizes, x.data(), statistics.data(), gamma.data(),
                                           dy.data(), data, accumulate);
        }
        if (dgamma != nullptr) {
          const auto [data, accumulate] = dgamma->target();
          kernels::row_norm_gamma_gradient(sizes, x.data(), statistics.data(), dy.data(), data,
                                           accumulate);
        }
        if (dbeta != nullptr) {
          const auto [data, accumulate] = dbeta->target();
          kernels::column_sums(dy.data(), sizes.rows, sizes.columns, data, accumulate);
        }
      });
}

}  // namespace deai::ops
