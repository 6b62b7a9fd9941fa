#include "kernels/column_sums.h"

#include <algorithm>

#include "kernels/share.h"

namespace deai::kernels {

namespace {

// Summed side by side, in registers: a cache line of floats, so that each is read once.
constexpr Index kColumns = 16;
constexpr Index kRows = 256;  // summed at a time: sums of sums lose less to rounding

// columns ≤ kColumns; a constant width, where it is not 0, is what lets the compiler use vectors.
template <Index constant>
void add_strip(const real* x, Index rows, Index stride, Index columns, real* sums) {
  const Index width = constant > 0 ? constant : columns;
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
  const double additions = static_cast<double>(rows) * static_cast<double>(columns);
  share(worthwhile_threads(additions), ceil_div(columns, kColumns),
        [&](Index strip, Index /*worker*/) {
          const Index column = strip * kColumns;
          const Index width = std::min(kColumns, columns - column);
          if (width == kColumns) {
            add_strip<kColumns>(x + column, rows, columns, width, sums + column);
          } else if (width == kColumns / 2) {
            add_strip<kColumns / 2>(x + column, rows, columns, width, sums + column);
          } else {
            add_strip<0>(x + column, rows, columns, width, sums + column);
          }
        });
}

}  // namespace deai::kernels
