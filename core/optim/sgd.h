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

 private:
  void begin_step(double learning_rate) override { rate_ = static_cast<real>(learning_rate); }
  void move(const Stretch& stretch, real* w, const real* g) override;

  SgdSettings settings_;
  real rate_ = 0;
};

}  // namespace deai::optim
