#pragma once

#include <functional>
#include <string>
#include <vector>

namespace deai::bench {

// One piece of work, repeated by the clock's owner.
struct Case {
  std::string name;
  double flop;  // of one run
  std::function<void()> run;
};

// Products of matrices and the convolutions of the benchmark's nets, forward and both gradients.
std::vector<Case> kernel_cases();

}  // namespace deai::bench
