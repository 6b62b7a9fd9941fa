#pragma once

#include "optim/optimizer.h"

namespace deai::optim {

struct AdagradSettings {
  double epsilon = 1e-10;
  double weight_decay = 0;
};

// Duchi, Hazan and Singer, "Adaptive subgradient methods" (2011), as torch.optim.Adagrad without a
// decay of the rate: g = gradient + weight_decay·w;  s ← s + g²;  w ← w − rate·g / (√s + ε).
class Adagrad final : public Optimizer {
 public:
  Adagrad(Index weights, const AdagradSettings& settings);

 private:
  void begin_step(double learning_rate) override { rate_ = static_cast<real>(learning_rate); }
  void move(const Stretch& stretch, real* w, const real* g) override;

  AdagradSettings settings_;
  real rate_ = 0;
};

}  // namespace deai::optim
