#pragma once

#include <span>

#include "base/random.h"

// First weights. Only + and ×, and ÷ and √, which IEEE 754 rounds exactly: equal bits on every
// machine.
namespace deai::nn {

// Uniform with the variance 2 / (inputs + outputs): Glorot and Bengio, "Understanding the
// difficulty of training deep feedforward neural networks" (2010).
void glorot_uniform(Random& random, Index inputs, Index outputs, std::span<real> weights);
// Uniform with the variance 2 / inputs, which suits relu: He et al., "Delving deep into
// rectifiers" (2015).
void he_uniform(Random& random, Index inputs, std::span<real> weights);
// Uniform with the deviation 0.02, that of GPT-2's embeddings.
void small_uniform(Random& random, std::span<real> weights);

}  // namespace deai::nn
