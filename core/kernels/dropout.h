#pragma once

#include <array>
#include <cstdint>

#include "base/real.h"

namespace deai::kernels {

// Which elements are dropped: element e by its own half of a number of the stream that `key` names,
// so each one can be drawn by itself, by whatever thread or worker.
struct Dropout {
  std::array<std::uint32_t, 2> key;
  std::uint64_t first;  // the element that x[0] is
  double rate;          // in [0, 1); rounded to a multiple of 2⁻¹⁶
};

// m[i] = 0 with probability rate, else 1 / (1 − rate); y = x·m.
void dropout(const Dropout& draw, const real* x, Index count, real* m, real* y);
// dx = dy·m; accumulate: added to what dx holds.
void dropout_gradient(const real* m, const real* dy, Index count, real* dx, bool accumulate);

}  // namespace deai::kernels
