#pragma once

#include <span>

#include "base/real.h"

namespace deai::optim {

// The Euclidean norm of all numbers together; the same bits with any number of threads.
double norm(std::span<const real> values);

// Where the norm is above `most`, multiplies all with most / (norm + 1e-6), as
// torch.nn.utils.clip_grad_norm_. Numbers that are none stay as they are.
void clip_norm(std::span<real> gradient, double most);

}  // namespace deai::optim
