#pragma once

#include "autograd/tape.h"
#include "base/random.h"

namespace deai::autograd {

// What every op is given beside its inputs.
struct Context {
  Tape tape;
  // Where dropout draws from; a checkpoint keeps its position.
  Random random{0, 0};
  // Dropout acts only while training.
  bool training = false;
};

}  // namespace deai::autograd
