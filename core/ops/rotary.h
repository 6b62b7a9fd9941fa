#pragma once

#include "autograd/context.h"

namespace deai::ops {

struct RotaryHeads {
  Index width;       // of a head
  Index heads;       // the first ones are turned
  Index offset = 0;  // the place of the first step in its sequence
};

autograd::Variable rotary(autograd::Context& context, autograd::Variable x,
                          const RotaryHeads& heads);

}  // namespace deai::ops
