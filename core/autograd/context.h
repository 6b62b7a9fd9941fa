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
  // Which rows of a batch x holds, where others work on the rest: all of them draw from the same
  // random numbers what one would draw for the whole. total = 0: x is the batch.
  struct Rows {
    Index first = 0;
    Index total = 0;
  };
  Rows rows;
};

}  // namespace deai::autograd
