#pragma once

#include <span>
#include <vector>

#include "base/real.h"
#include "tensor/tensor.h"

namespace deai::optim {

// Moves flat weights against their gradient, in one pass over both.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // The rate comes with every step, from whoever keeps the schedule. The same bits with any number
  // of threads.
  void step(std::span<real> weights, std::span<const real> gradient, real learning_rate);

  // Weights of which some know no weight decay, part after part: from the end of the one before on.
  struct Part {
    Index end;
    bool decays;
  };
  // Until then all weights decay, where the optimizer's settings say so. Throws Error{kArgument}
  // unless the ends rise to the number of weights.
  void set_parts(std::vector<Part> parts);

  // All that a checkpoint must keep to go on with equal bits: `moments` is as many times the
  // weights' size as the optimizer keeps states (0 where it keeps none), `progress` a few numbers.
  std::span<real> moments() { return moments_.span(); }
  virtual std::span<double> progress() { return {}; }

 protected:
  // A stretch of weights that move alike.
  struct Stretch {
    Index begin;
    Index end;
    bool decays;
  };

  // For `weights` parameters; all moments begin at zero.
  Optimizer(Index weights, Index states);
  // The moments of one kind.
  real* moment(Index state) { return moments_.data() + state * size_; }

 private:
  // What does not depend on the element, computed in double and rounded once per step.
  virtual void begin_step(double learning_rate) = 0;
  // w, g: of all weights. Several threads call this at once, for stretches of their own.
  virtual void move(const Stretch& stretch, real* w, const real* g) = 0;

  Index size_;
  std::vector<Part> parts_;
  tensor::Tensor moments_;
};

}  // namespace deai::optim
