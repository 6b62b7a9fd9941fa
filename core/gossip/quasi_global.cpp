#include "gossip/quasi_global.h"

namespace deai::gossip {

void QuasiGlobalMomentum::step(std::span<float> x, std::span<const float> gradient, float rate) {
  // Fewer gradients than numbers: the rest (running statistics) no optimizer moves.
  for (std::size_t i = 0; i < gradient.size(); ++i) x[i] -= rate * (gradient[i] + beta_ * m_[i]);
  rates_ += rate;
}

void QuasiGlobalMomentum::mixed(std::span<const float> x) {
  if (!(rates_ > 0)) return;
  const float scale = (1 - beta_) / rates_;
  for (std::size_t i = 0; i < x.size(); ++i) {
    m_[i] = beta_ * m_[i] + scale * (before_[i] - x[i]);
    before_[i] = x[i];
  }
  rates_ = 0;
}

}  // namespace deai::gossip
