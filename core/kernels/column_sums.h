#pragma once

#include "base/real.h"

namespace deai::kernels {

// sums[j] = Σ_i x[i, j], x: [rows, columns]; accumulate: added to what sums holds.
void column_sums(const real* x, Index rows, Index columns, real* sums, bool accumulate);

}  // namespace deai::kernels
