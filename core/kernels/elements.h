#pragma once

#include "base/real.h"

// Plain passes over many numbers, for rooms whose own loops are compiled to be small.
namespace deai::kernels {

// y += x.
void add(const real* x, Index count, real* y);
// No element is infinite or no number.
bool all_finite(const real* x, Index count);

}  // namespace deai::kernels
