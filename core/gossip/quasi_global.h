#pragma once

#include <span>
#include <vector>

namespace deai::gossip {

// Quasi-global momentum (Lin et al. 2021): the momentum follows where the averaged model went, not
// the own gradients, which are one-sided where data differ.
//   local step:   x ← x - rate · (g + β m),  m unchanged
//   after gossip: m ← β m + (1 - β) (x_before - x_after) / (sum of the steps' rates)
// x_before: at the end of the last round.
class QuasiGlobalMomentum {
 public:
  QuasiGlobalMomentum(std::span<const float> beginning, float beta)
      : beta_(beta), before_(beginning.begin(), beginning.end()), m_(before_.size()) {}

  // rate: above 0; it may fall from step to step.
  void step(std::span<float> x, std::span<const float> gradient, float rate);
  void mixed(std::span<const float> x);

 private:
  float beta_;
  std::vector<float> before_;
  std::vector<float> m_;
  float rates_ = 0;  // since the last gossip, summed
};

}  // namespace deai::gossip
