#include "optim/rmsprop.h"

#include "base/error.h"

namespace deai::optim {

RmsProp::RmsProp(Index weights, const RmsPropSettings& settings)
    : Optimizer(weights, settings.momentum > 0 ? 2 : 1), settings_(settings) {
  if (!(settings.alpha >= 0 && settings.alpha < 1) || !(settings.epsilon > 0) ||
      !(settings.momentum >= 0 && settings.momentum < 1) || !(settings.weight_decay >= 0)) {
    fail(ErrorCode::kArgument,
         "rmsprop: alpha and momentum must be in [0, 1), epsilon above 0, weight_decay at least 0");
  }
}

void RmsProp::move(const Stretch& stretch, real* __restrict w, const real* __restrict g) {
  const auto decay = static_cast<real>(stretch.decays ? settings_.weight_decay : 0);
  const auto alpha = static_cast<real>(settings_.alpha);
  const auto rest = static_cast<real>(1 - settings_.alpha);
  const auto epsilon = static_cast<real>(settings_.epsilon);
  const auto momentum = static_cast<real>(settings_.momentum);
  const real rate = rate_;
  real* __restrict const v = moment(0);
  const auto direction = [&](Index i) {
    const real slope = g[i] + decay * w[i];
    v[i] = alpha * v[i] + rest * slope * slope;
    return slope / (__builtin_elementwise_sqrt(v[i]) + epsilon);
  };
  if (momentum == 0) {
    for (Index i = stretch.begin; i < stretch.end; ++i) w[i] -= rate * direction(i);
    return;
  }
  real* __restrict const b = moment(1);
  for (Index i = stretch.begin; i < stretch.end; ++i) {
    b[i] = momentum * b[i] + direction(i);
    w[i] -= rate * b[i];
  }
}

}  // namespace deai::optim
