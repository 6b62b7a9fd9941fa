#pragma once

#include <cstdint>

namespace deai::optim {

// How the learning rate changes with the optimizer's steps: what it is multiplied with.
struct Schedule {
  enum class Kind : std::uint8_t { kConstant, kStep, kCosine, kOneCycle };
  Kind kind = Kind::kConstant;
  double warm_up = 0;  // for so many steps it rises evenly from nothing, before all else
  // Cosine, one cycle: ends after so many steps, warm-up included, and stays as it is then.
  double steps = 1;
  double last = 0;  // the factor then
  // Step: multiplied with `factor` after every so many steps.
  double every = 1;
  double factor = 0.1;
  // One cycle: rises from `first` to 1 in this share of the steps.
  double rise = 0.3;
  double first = 0.04;
};

// step: how many steps were made before. The same bits on every machine.
//   warm-up   (step + 1) / warm_up; then s = step − warm_up, n = steps − warm_up
//   step      factor^⌊s / every⌋                                    torch StepLR
//   cosine    last + (1 − last)·(1 + cos(π·s / n)) / 2              torch CosineAnnealingLR
//   one cycle along half a cosine from first to 1 in rise·n − 1 steps, and to last in the others
//             up to n − 1                                           torch OneCycleLR
double factor_at(const Schedule& schedule, double step);

}  // namespace deai::optim
