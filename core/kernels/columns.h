#pragma once

#include "base/real.h"

namespace deai::kernels {

// to[r, c] = from[r, c] for c < width; rows are as far apart as the strides say; accumulate: added
// to what is there.
void copy_columns(const real* from, Index from_stride, Index rows, Index width, real* to,
                  Index to_stride, bool accumulate);

// y[i] = table[places[i]], rows of `width`; the places are whole numbers.
void gather_rows(const real* table, Index width, const real* places, Index count, real* y);
// dtable[places[i]] += dy[i], one i after the other.
void scatter_rows(const real* dy, Index width, const real* places, Index count, real* dtable);

}  // namespace deai::kernels
