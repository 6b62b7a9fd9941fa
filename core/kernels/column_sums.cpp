#include "kernels/column_sums.h"

#include <algorithm>

namespace deai::kernels {

namespace {

constexpr Index kColumns = 8;  // summed side by side, in registers
constexpr Index kRows = 256;   // summed at a time: sums of sums lose less to rounding

// columns ≤ kColumns; the constant width is what lets the compiler use vectors.
template <bool full>
void add_strip(const real* x, Index rows, Index stride, Index columns, real* sums) {
  const Index width = full ? kColumns : columns;
  for (Index first = 0; first < rows; first += kRows) {
    real part[kColumns] = {};
    const Index last = std::min(rows, first + kRows);
    for (Index row = first; row < last; ++row) {
      for (Index column = 0; column < width; ++column) part[column] += x[row * stride + column];
    }
    for (Index column = 0; column < width; ++column) sums[column] += part[column];
  }
}

}  // namespace

void column_sums(const real* x, Index rows, Index columns, real* sums, bool accumulate) {
  if (!accumulate) std::fill_n(sums, columns, real(0));
  for (Index column = 0; column < columns; column += kColumns) {
    const Index width = std::min(kColumns, columns - column);
    (width == kColumns ? add_strip<true> : add_strip<false>)(x + column, rows, columns, width,
                                                             sums + column);
  }
}

}  // namespace deai::kernels
