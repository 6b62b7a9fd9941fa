#pragma once

#include "base/real.h"

// Only for core/kernels: matrices → panels of nr columns, as the micro-kernels read them.
namespace deai::kernels {

// One panel: out[k·nr + j] = b[k, j] for the given number of columns ≤ nr, zeros in the rest.
// b is [depth, …] with rows `stride` apart; transposed: [columns, depth], so b[j, k] is read.
void pack_panel(const real* b, Index stride, bool transposed, Index depth, Index columns, Index nr,
                real* out);

// All panels of b, one after another, each with its biases first (nullptr: zeros), as Igemm reads them.
void pack_panels(const real* b, Index stride, bool transposed, Index depth, Index columns,
                 const real* bias, real* out);
// Reals of them.
Index packed_size(Index depth, Index columns);

}  // namespace deai::kernels
