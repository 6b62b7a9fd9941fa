#include "optim/adagrad.h"

#include "base/error.h"

namespace deai::optim {

Adagrad::Adagrad(Index weights, const AdagradSettings& settings)
    : Optimizer(weights, 1), settings_(settings) {
  if (!(settings.epsilon > 0) || !(settings.weight_decay >= 0)) {
    fail(ErrorCode::kArgument, "adagrad: epsilon must be above 0, weight_decay at least 0");
  }
}

void Adagrad::move(const Stretch& stretch, real* __restrict w, const real* __restrict g) {
  const auto decay = static_cast<real>(stretch.decays ? settings_.weight_decay : 0);
  const auto epsilon = static_cast<real>(settings_.epsilon);
  const real rate = rate_;
  real* __restrict const s = moment(0);
  for (Index i = stretch.begin; i < stretch.end; ++i) {
    const real slope = g[i] + decay * w[i];
    s[i] += slope * slope;
    w[i] -= rate * slope / (__builtin_elementwise_sqrt(s[i]) + epsilon);
  }
}

}  // namespace deai::optim
