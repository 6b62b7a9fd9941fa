#include "nn/initialise.h"

#include <cmath>

namespace deai::nn {

namespace {

void fill(Random& random, double bound, std::span<real> weights) {
  const auto high = static_cast<real>(bound);
  for (real& weight : weights) weight = random.uniform(-high, high);
}

}  // namespace

// A uniform number in [−b, b) has the variance b² / 3.
void glorot_uniform(Random& random, Index inputs, Index outputs, std::span<real> weights) {
  fill(random, std::sqrt(6.0 / static_cast<double>(inputs + outputs)), weights);
}

void he_uniform(Random& random, Index inputs, std::span<real> weights) {
  fill(random, std::sqrt(6.0 / static_cast<double>(inputs)), weights);
}

void small_uniform(Random& random, std::span<real> weights) {
  fill(random, 0.02 * std::sqrt(3.0), weights);
}

}  // namespace deai::nn
