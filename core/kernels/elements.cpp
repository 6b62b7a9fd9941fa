#include "kernels/elements.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "kernels/share.h"

namespace deai::kernels {

void add(const real* x, Index count, real* y) {
  share_elements(count, [&](Index begin, Index end) {
    const real* const from = x;
    real* __restrict const to = y;
    for (Index i = begin; i < end; ++i) to[i] += from[i];
  });
}

bool all_finite(const real* x, Index count) {
  // The exponent of what is infinite or no number is all ones; integers, so that it is vectors.
  using Bits = std::conditional_t<sizeof(real) == 4, std::uint32_t, std::uint64_t>;
  Bits most = 0;
  for (Index i = 0; i < count; ++i) {
    most = std::max(most, std::bit_cast<Bits>(x[i]) & (~Bits{0} >> 1));
  }
  return std::isfinite(std::bit_cast<real>(most));
}

}  // namespace deai::kernels
