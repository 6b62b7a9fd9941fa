#pragma once

#include "optim/adam.h"

namespace deai::optim {

struct AdamWSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};

// Adam, but for the decay: w ← w − rate·weight_decay·w before the step, and the gradient stays
// what it is. Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), algorithm 2,
// as torch.optim.AdamW.
class AdamW final : public Adam {
 public:
  AdamW(Index weights, const AdamWSettings& settings)
      : Adam("adamw", weights,
             {.beta1 = settings.beta1,
              .beta2 = settings.beta2,
              .epsilon = settings.epsilon,
              .weight_decay = settings.weight_decay},
             Decay::kWeights) {}
};

}  // namespace deai::optim
