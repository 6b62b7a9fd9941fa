#include "optim/sgd.h"

#include "base/error.h"

namespace deai::optim {

Sgd::Sgd(Index weights, const SgdSettings& settings)
    : Optimizer(weights, settings.momentum > 0 ? 1 : 0), settings_(settings) {
  if (!(settings.momentum >= 0 && settings.momentum < 1) || !(settings.weight_decay >= 0)) {
    fail(ErrorCode::kArgument, "sgd: momentum must be in [0, 1), weight_decay at least 0");
  }
  if (settings.nesterov && settings.momentum == 0) {
    fail(ErrorCode::kArgument, "sgd: nesterov needs a momentum above 0");
  }
}

void Sgd::move(const Stretch& stretch, real* __restrict w, const real* __restrict g) {
  const auto decay = static_cast<real>(stretch.decays ? settings_.weight_decay : 0);
  const auto momentum = static_cast<real>(settings_.momentum);
  const real rate = rate_;
  // One straight body per case: the compiler turns these into vectors.
  if (momentum == 0 && decay == 0) {
    for (Index i = stretch.begin; i < stretch.end; ++i) w[i] -= rate * g[i];
    return;
  }
  if (momentum == 0) {
    for (Index i = stretch.begin; i < stretch.end; ++i) w[i] -= rate * (g[i] + decay * w[i]);
    return;
  }
  real* __restrict const v = moment(0);
  // What of the gradient and of the velocity the weights take: (0, 1), with Nesterov (1, momentum).
  const real direct = settings_.nesterov ? 1 : 0;
  const real indirect = settings_.nesterov ? momentum : 1;
  for (Index i = stretch.begin; i < stretch.end; ++i) {
    const real slope = g[i] + decay * w[i];
    v[i] = momentum * v[i] + slope;
    w[i] -= rate * (direct * slope + indirect * v[i]);
  }
}

}  // namespace deai::optim
