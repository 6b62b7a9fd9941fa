#include "optim/adamw.h"

#include <cmath>

#include "base/error.h"

namespace deai::optim {

AdamW::AdamW(Index weights, const AdamWSettings& settings)
    : Optimizer(weights, 2), settings_(settings) {
  const auto share = [](double value) { return value >= 0 && value < 1; };
  if (!share(settings.beta1) || !share(settings.beta2) || !(settings.epsilon > 0) ||
      !(settings.weight_decay >= 0)) {
    fail(ErrorCode::kArgument,
         "adamw: betas must be in [0, 1), epsilon above 0, weight_decay at least 0");
  }
}

void AdamW::step(std::span<real> weights, std::span<const real> gradient, real learning_rate) {
  check(weights, gradient);
  const auto& [decay1, decay2, smallest, weight_decay] = settings_;
  const auto wide_rate = static_cast<double>(learning_rate);
  powers_[0] *= decay1;
  powers_[1] *= decay2;
  // What does not depend on the element, rounded once.
  const auto beta1 = static_cast<real>(decay1);
  const auto beta2 = static_cast<real>(decay2);
  const auto rest1 = static_cast<real>(1 - decay1);
  const auto rest2 = static_cast<real>(1 - decay2);
  const auto epsilon = static_cast<real>(smallest);
  const auto keep = static_cast<real>(1 - wide_rate * weight_decay);
  const auto rate = static_cast<real>(wide_rate / (1 - powers_[0]));
  const auto unbias = static_cast<real>(1 / std::sqrt(1 - powers_[1]));

  const std::size_t count = weights.size();
  real* __restrict const w = weights.data();
  const real* __restrict const g = gradient.data();
  real* __restrict const m = moment(0);
  real* __restrict const v = moment(1);
  for (std::size_t i = 0; i < count; ++i) {
    m[i] = beta1 * m[i] + rest1 * g[i];
    v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
    // Not std::sqrt, which may set errno and therefore is no vector everywhere.
    w[i] = keep * w[i] - rate * m[i] / (__builtin_elementwise_sqrt(v[i]) * unbias + epsilon);
  }
}

}  // namespace deai::optim
