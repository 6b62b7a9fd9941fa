#include "optim/adam.h"

#include <cmath>

#include "base/error.h"

namespace deai::optim {

Adam::Adam(const char* name, Index weights, const AdamSettings& settings, Decay decay)
    : Optimizer(weights, 2), settings_(settings), decay_(decay) {
  const auto share = [](double value) { return value >= 0 && value < 1; };
  if (!share(settings.beta1) || !share(settings.beta2) || !(settings.epsilon > 0) ||
      !(settings.weight_decay >= 0)) {
    fail(ErrorCode::kArgument,
         text(name, ": betas must be in [0, 1), epsilon above 0, weight_decay at least 0"));
  }
}

void Adam::begin_step(double learning_rate) {
  const auto& [beta1, beta2, epsilon, weight_decay] = settings_;
  powers_[0] *= beta1;
  powers_[1] *= beta2;
  const bool direct = decay_ == Decay::kWeights;
  constants_ = {.beta1 = static_cast<real>(beta1),
                .rest1 = static_cast<real>(1 - beta1),
                .beta2 = static_cast<real>(beta2),
                .rest2 = static_cast<real>(1 - beta2),
                .epsilon = static_cast<real>(epsilon),
                .rate = static_cast<real>(learning_rate / (1 - powers_[0])),
                .unbias = static_cast<real>(1 / std::sqrt(1 - powers_[1])),
                .added = static_cast<real>(direct ? 0 : weight_decay),
                .keep = static_cast<real>(direct ? 1 - learning_rate * weight_decay : 1)};
}

void Adam::move(const Stretch& stretch, real* __restrict w, const real* __restrict g) {
  const Constants c = constants_;
  const real added = stretch.decays ? c.added : 0;
  const real keep = stretch.decays ? c.keep : 1;
  real* __restrict const m = moment(0);
  real* __restrict const v = moment(1);
  for (Index i = stretch.begin; i < stretch.end; ++i) {
    const real slope = g[i] + added * w[i];
    m[i] = c.beta1 * m[i] + c.rest1 * slope;
    v[i] = c.beta2 * v[i] + c.rest2 * slope * slope;
    // Not std::sqrt, which may set errno and therefore is no vector everywhere.
    const real scale = __builtin_elementwise_sqrt(v[i]) * c.unbias + c.epsilon;
    w[i] = keep * w[i] - c.rate * m[i] / scale;
  }
}

}  // namespace deai::optim
