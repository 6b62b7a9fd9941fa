#pragma once

#include "optim/optimizer.h"

namespace deai::optim {

struct LionSettings {
  double beta1 = 0.9;
  double beta2 = 0.99;
  double weight_decay = 0;
};

// Chen et al., "Symbolic discovery of optimization algorithms" (2023), algorithm 2:
// w ← w − rate·(sign(β₁m + (1−β₁)g) + weight_decay·w);  m ← β₂m + (1−β₂)g;  sign(0) = 0.
class Lion final : public Optimizer {
 public:
  Lion(Index weights, const LionSettings& settings);

 private:
  void begin_step(double learning_rate) override { rate_ = learning_rate; }
  void move(const Stretch& stretch, real* w, const real* g) override;

  LionSettings settings_;
  double rate_ = 0;
};

}  // namespace deai::optim
