#pragma once

#include <span>
#include <vector>

namespace deai::gossip {

// Quasi-global momentum (Lin et al. 2021): the momentum follows where the averaged model went, not
// the own gradients, which are one-sided where data differ.
//   local step:   x ← x - rate · (g + β m),  m unchanged
//   after gossip: m ← β m + (1 - β) (x_before - x_after) / (rate · steps)
// x_before: at the end of the last round.
class QuasiGlobalMomentum {
 public:
  QuasiGlobalMomentum(std::span<const float> beginning, float rate, float beta)
      : rate_(rate), beta_(beta), before_(beginning.begin(), beginning.end()), m_(before_.size()) {}

  void step(std::span<float> x, std::span<const float> gradient);
  void mixed(std::span<const float> x);

 private:
  float rate_;
  float beta_;
  std::vector<float> before_;
  std::vector<float> m_;
  int steps_ = 0;
};

}  // namespace deai::gossip
