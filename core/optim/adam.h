#pragma once

#include <array>

#include "optim/optimizer.h"

namespace deai::optim {

struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};

// Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1, as
// torch.optim.Adam: g = gradient + weight_decay·w;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;
// w ← w − rate·m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ).
class Adam : public Optimizer {
 public:
  Adam(Index weights, const AdamSettings& settings)
      : Adam("adam", weights, settings, Decay::kGradient) {}
  std::span<double> progress() override { return powers_; }

 protected:
  // Whether weight decay is added to the gradient, or taken from the weights directly.
  enum class Decay : bool { kGradient, kWeights };
  Adam(const char* name, Index weights, const AdamSettings& settings, Decay decay);

 private:
  // What does not depend on the element.
  struct Constants {
    real beta1, rest1, beta2, rest2, epsilon;
    real rate;    // over 1 − β₁ᵗ
    real unbias;  // 1 / √(1 − β₂ᵗ)
    real added;   // this share of the weights to the gradient
    real keep;    // this share of the weights stays
  };

  void begin_step(double learning_rate) override;
  void move(const Stretch& stretch, real* w, const real* g) override;

  AdamSettings settings_;
  Decay decay_;
  // β₁ᵗ and β₂ᵗ as running products: no pow, whose last bits differ between machines.
  std::array<double, 2> powers_{1, 1};
  Constants constants_{};
};

}  // namespace deai::optim
