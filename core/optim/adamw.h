#pragma once

#include <array>

#include "optim/optimizer.h"

namespace deai::optim {

struct AdamWSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};

// Loshchilov and Hutter, "Decoupled weight decay regularization" (2019):
// w ← w − rate·weight_decay·w;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;
// w ← w − rate·m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ).
class AdamW final : public Optimizer {
 public:
  AdamW(Index weights, const AdamWSettings& settings);
  void step(std::span<real> weights, std::span<const real> gradient, real learning_rate) override;
  std::span<double> progress() override { return powers_; }

 private:
  AdamWSettings settings_;
  // β₁ᵗ and β₂ᵗ as running products: no pow, whose last bits differ between machines.
  std::array<double, 2> powers_{1, 1};
};

}  // namespace deai::optim
