#pragma once

#include <array>
#include <memory>
#include <span>

#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tensor/tensor.h"

namespace deai::optim {

struct DescentSettings {
  double learning_rate = 0;
  Schedule schedule = {};
  double clip_norm = 0;  // of the gradient; 0: none
  Index accumulate = 1;  // batches whose mean gradient is one step
  // What the average of weights keeps of itself in a step; 0: no average. Early steps keep less:
  // min(average, (1 + t) / (10 + t)) after t steps, so that it does not remember the first weights.
  double average = 0;
};

// All that happens between a batch's gradient and new weights, and what must be kept for it.
class Descent {
 public:
  Descent(std::unique_ptr<Optimizer> optimizer, Index weights, const DescentSettings& settings);

  // A batch's gradient, which is left as it may be. Moves the weights, or, while it accumulates,
  // keeps the gradient for the step to come.
  void step(std::span<real> weights, std::span<real> gradient);

  bool averages() const { return settings_.average > 0; }
  // What is to be added to the weights to have their average; nothing where there is none. Weights
  // that are set carry it along: it is kept as a difference.
  std::span<const real> lag() const { return lag_.span(); }
  // The average begins again, at the weights.
  void forget_average();

  // All that a checkpoint must keep to go on with equal bits.
  std::array<std::span<real>, 3> states() {
    return {optimizer_->moments(), gathered_.span(), lag_.span()};
  }
  std::array<std::span<double>, 2> progress() { return {optimizer_->progress(), counts_}; }

 private:
  // The mean gradient of all batches of a step; empty until they are enough.
  std::span<real> gather(std::span<real> gradient);

  std::unique_ptr<Optimizer> optimizer_;
  DescentSettings settings_;
  tensor::Tensor gathered_;
  tensor::Tensor lag_;
  std::array<double, 2> counts_{};  // steps made, batches gathered for the next one
};

}  // namespace deai::optim
