#pragma once

#include "base/real.h"

// Σ of a loss over elements of e = x − target; slope[i]: the derivative by x[i].
namespace deai::kernels {

// |e|, with slope 0 at 0.
double absolute_error(const real* x, const real* target, Index count, real* slope);
// e²/2 where |e| ≤ delta, delta·(|e| − delta/2) elsewhere.
double huber(const real* x, const real* target, Index count, real delta, real* slope);

}  // namespace deai::kernels
