#pragma once

#include <span>

#include "base/real.h"
#include "tensor/tensor.h"

namespace deai::optim {

// Moves flat weights against their gradient, in one pass over both.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // The rate comes with every step, from whoever keeps the schedule.
  virtual void step(std::span<real> weights, std::span<const real> gradient,
                    real learning_rate) = 0;

  // All that a checkpoint must keep to go on with equal bits: `moments` is as many times the
  // weights' size as the optimizer keeps states (0 where it keeps none), `progress` a few numbers.
  std::span<real> moments() { return moments_.span(); }
  virtual std::span<double> progress() { return {}; }

 protected:
  // For `weights` parameters; all moments begin at zero.
  Optimizer(Index weights, Index states);
  // Refuses spans of another size than the optimizer was made for.
  void check(std::span<const real> weights, std::span<const real> gradient) const;
  // The moments of one kind.
  real* moment(Index state) { return moments_.data() + state * size_; }

 private:
  Index size_;
  tensor::Tensor moments_;
};

}  // namespace deai::optim
