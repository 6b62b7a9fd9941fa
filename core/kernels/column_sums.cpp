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

// Strip by strip, as far as each strip's number of columns is one that has vectors.
void add_strips(const real* x, Index rows, Index columns, Index first, Index last, real* sums) {
  for (Index column = first; column < last; column += kColumns) {
    const Index width = std::min(kColumns, last - column);
    if (width == kColumns) {
      add_strip<kColumns>(x + column, rows, columns, width, sums + column);
    } else if (width == kColumns / 2) {
      add_strip<kColumns / 2>(x + column, rows, columns, width, sums + column);
    } else {
      add_strip<0>(x + column, rows, columns, width, sums + column);
    }
  }
}

// At most kColumns columns. Several rows, which lie one behind the other, are taken as one wide row:
// narrow ones would leave sums waiting for each other.
void add_narrow(const real* x, Index rows, Index columns, real* sums) {
  const Index together = kColumns / columns;
  const Index wide = together * columns;
  real side_by_side[kColumns] = {};
  add_strips(x, rows / together, wide, 0, wide, side_by_side);
  for (Index place = 0; place < wide; ++place) sums[place % columns] += side_by_side[place];
  const Index done = rows / together * together;
  add_strips(x + done * columns, rows - done, columns, 0, columns, sums);
}

// The rows of a narrow matrix are cut into parts by their number alone, whose sums are added in
// order: the same bits on any number of threads.
void share_rows(const real* x, Index rows, Index columns, real* sums) {
  constexpr Index kMostParts = 8;
  constexpr Index kLeastRows = 2048;
  real part_sums[kMostParts][kColumns] = {};
  const Index parts = std::clamp<Index>(rows / kLeastRows, 1, kMostParts);
  const Index part_rows = ceil_div(rows, parts);
  parallel_for(parts, [&](Index part, Index /*worker*/) {
    const Index first = part * part_rows;
    add_narrow(x + first * columns, std::min(part_rows, rows - first), columns, part_sums[part]);
  });
  for (const auto& part : part_sums) {
    for (Index column = 0; column < columns; ++column) sums[column] += part[column];
  }
}

}  // namespace

void column_sums(const real* x, Index rows, Index columns, real* sums, bool accumulate) {
  if (!accumulate) std::fill_n(sums, columns, real(0));
  if (columns == 0) return;
  if (columns <= kColumns) return share_rows(x, rows, columns, sums);
  constexpr double kCost = 4;  // of an addition, in multiplications of a product: x comes from afar
  const double additions = static_cast<double>(rows) * static_cast<double>(columns);
  share(worthwhile_threads(kCost * additions), ceil_div(columns, kColumns),
        [&](Index strip, Index /*worker*/) {
          const Index first = strip * kColumns;
          add_strips(x, rows, columns, first, std::min(columns, first + kColumns), sums);
        });
}

}  // namespace deai::kernels
