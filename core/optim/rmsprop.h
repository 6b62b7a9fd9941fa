#pragma once

#include "optim/optimizer.h"

namespace deai::optim {

struct RmsPropSettings {
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  double weight_decay = 0;
};

// Tieleman and Hinton, "Lecture 6.5" (2012), as torch.optim.RMSprop, not centered:
// g = gradient + weight_decay·w;  v ← αv + (1−α)g²;  b ← momentum·b + g / (√v + ε);  w ← w − rate·b.
class RmsProp final : public Optimizer {
 public:
  RmsProp(Index weights, const RmsPropSettings& settings);

 private:
  void begin_step(double learning_rate) override { rate_ = static_cast<real>(learning_rate); }
  void move(const Stretch& stretch, real* w, const real* g) override;

  RmsPropSettings settings_;
  real rate_ = 0;
};

}  // namespace deai::optim
