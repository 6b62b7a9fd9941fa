#include "optim/lion.h"

#include "base/error.h"

namespace deai::optim {

Lion::Lion(Index weights, const LionSettings& settings)
    : Optimizer(weights, 1), settings_(settings) {
  const auto share = [](double value) { return value >= 0 && value < 1; };
  if (!share(settings.beta1) || !share(settings.beta2) || !(settings.weight_decay >= 0)) {
    fail(ErrorCode::kArgument, "lion: betas must be in [0, 1), weight_decay at least 0");
  }
}

void Lion::move(const Stretch& stretch, real* __restrict w, const real* __restrict g) {
  const auto beta1 = static_cast<real>(settings_.beta1);
  const auto rest1 = static_cast<real>(1 - settings_.beta1);
  const auto beta2 = static_cast<real>(settings_.beta2);
  const auto rest2 = static_cast<real>(1 - settings_.beta2);
  const auto rate = static_cast<real>(rate_);
  const auto keep = static_cast<real>(stretch.decays ? 1 - rate_ * settings_.weight_decay : 1);
  real* __restrict const m = moment(0);
  for (Index i = stretch.begin; i < stretch.end; ++i) {
    const real mixed = beta1 * m[i] + rest1 * g[i];
    const real move = mixed > 0   ? rate
                      : mixed < 0 ? -rate
                                  : mixed * 0;  // what is no number stays so
    w[i] = keep * w[i] - move;
    m[i] = beta2 * m[i] + rest2 * g[i];
  }
}

}  // namespace deai::optim
