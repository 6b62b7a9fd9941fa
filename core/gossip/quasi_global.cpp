#include "gossip/quasi_global.h"

namespace deai::gossip {

void QuasiGlobalMomentum::step(std::span<float> x, std::span<const float> gradient) {
  // Fewer gradients than numbers: the rest (running statistics) no optimizer moves.
  for (std::size_t i = 0; i < gradient.size(); ++i) x[i] -= rate_ * (gradient[i] + beta_ * m_[i]);
  ++steps_;
}

void QuasiGlobalMomentum::mixed(std::span<const float> x) {
  const float scale = (1 - beta_) / (rate_ * static_cast<float>(steps_ > 0 ? steps_ : 1));
  for (std::size_t i = 0; i < x.size(); ++i) {
    m_[i] = beta_ * m_[i] + scale * (before_[i] - x[i]);
    before_[i] = x[i];
  }
  steps_ = 0;
}

}  // namespace deai::gossip
