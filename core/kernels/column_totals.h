#pragma once

#include <algorithm>

#include "base/real.h"

// Only for core/kernels.
namespace deai::kernels::detail {

// Summed side by side, in registers: a cache line of floats, so that each is read once.
inline constexpr Index kTotalColumns = 16;

template <Index constant, typename Term>
void total_strip(Index rows, Index first, Index columns, real* sums, const Term& term) {
  constexpr Index kRows = 256;  // summed at a time: sums of sums lose less to rounding
  const Index width = constant > 0 ? constant : columns;
  for (Index begin = 0; begin < rows; begin += kRows) {
    real part[kTotalColumns] = {};
    const Index end = std::min(rows, begin + kRows);
    for (Index row = begin; row < end; ++row) {
      for (Index c = 0; c < width; ++c) part[c] += term(row, first + c);
    }
    for (Index c = 0; c < width; ++c) sums[first + c] += part[c];
  }
}

// sums[c] += Σ_row term(row, c), for c in [first, first + columns).
template <typename Term>
void column_totals(Index rows, Index first, Index columns, real* sums, const Term& term) {
  for (Index c = first; c < first + columns; c += kTotalColumns) {
    const Index width = std::min(kTotalColumns, first + columns - c);
    if (width == kTotalColumns) {
      total_strip<kTotalColumns>(rows, c, width, sums, term);
    } else {
      total_strip<0>(rows, c, width, sums, term);
    }
  }
}

}  // namespace deai::kernels::detail
