#pragma once

#include "autograd/context.h"
#include "kernels/channel_norm.h"
#include "kernels/column_sums.h"

// Only for the .cpp files of core/ops: what group and batch normalisation have in common.
namespace deai::ops {

// y = (x − mean)·scale·gamma + beta and its rule; mean and scale [batch, channels] were computed
// from x unless they are fixed. Keeps x, gamma, mean and scale.
inline autograd::Variable channel_norm(autograd::Context& context, const autograd::Variable& x,
                                       const autograd::Variable& gamma,
                                       const autograd::Variable& beta,
                                       const kernels::ChannelNorm& sizes,
                                       const tensor::Tensor& mean, const tensor::Tensor& scale,
                                       bool fixed) {
  using tensor::Tensor;
  Tensor y(x.shape());
  kernels::channel_norm(sizes, x.value().data(), mean.data(), scale.data(), gamma.value().data(),
                        beta.value().data(), y.data());
  if (!x.needs_gradient() && !gamma.needs_gradient() && !beta.needs_gradient()) {
    return autograd::Variable(y);
  }

  return context.tape.record(
      y, [sizes, fixed, mean, scale, x = x.value(), gamma = gamma.value(), dx = x.gradient(),
          dgamma = gamma.gradient(), dbeta = beta.gradient()](const Tensor& dy) {
        Tensor sums({sizes.batch, sizes.channels});
        Tensor products(sums.shape());
        kernels::channel_norm_sums(sizes, x.data(), mean.data(), scale.data(), dy.data(),
                                   sums.data(), products.data());
        if (dx != nullptr) {
          const auto [data, accumulate] = dx->target();
          Tensor workspace({2, sizes.batch, sizes.channels});
          kernels::channel_norm_input_gradient(sizes, fixed, x.data(), mean.data(), scale.data(),
                                               gamma.data(), dy.data(), sums.data(),
                                               products.data(), data, accumulate, workspace.data());
        }
        if (dgamma != nullptr) {
          const auto [data, accumulate] = dgamma->target();
          kernels::column_sums(products.data(), sizes.batch, sizes.channels, data, accumulate);
        }
        if (dbeta != nullptr) {
          const auto [data, accumulate] = dbeta->target();
          kernels::column_sums(sums.data(), sizes.batch, sizes.channels, data, accumulate);
        }
      });
}

}  // namespace deai::ops
