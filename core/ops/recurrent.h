#pragma once

#include "autograd/context.h"

namespace deai::ops {

// Of gru (G = 3) and lstm (G = 4), in PyTorch's order of gates.
struct RecurrentWeights {
  autograd::Variable w_ih;  // [G·H, I]
  autograd::Variable w_hh;  // [G·H, H]
  autograd::Variable b_ih;  // [G·H]
  autograd::Variable b_hh;  // [G·H]
};

}  // namespace deai::ops
