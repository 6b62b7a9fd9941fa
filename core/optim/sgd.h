#pragma once

#include "optim/optimizer.h"

namespace deai::optim {

struct SgdSettings {
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};

// g = gradient + weight_decay·w;  v ← momentum·v + g;  w ← w − rate·v
// (Nesterov: w ← w − rate·(g + momentum·v)). As torch.optim.SGD, without dampening.
class Sgd final : public Optimizer {
 public:
  Sgd(Index weights, const SgdSettings& settings);
  void step(std::span<real> weights, std::span<const real> gradient, real learning_rate) override;

 private:
  SgdSettings settings_;
};

}  // namespace deai::optim
