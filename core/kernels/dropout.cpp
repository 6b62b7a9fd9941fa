#include "kernels/dropout.h"

#include <algorithm>

#include "kernels/share.h"

// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), as in
// base/random.h, four counters side by side in vectors: one number at a time took ten times as long
// as everything else that dropout does.
namespace deai::kernels {

namespace {

using Words = std::uint32_t __attribute__((vector_size(16)));
using Four = real __attribute__((vector_size(4 * sizeof(real))));
using Wide = std::uint64_t __attribute__((vector_size(32)));

constexpr Index kGroup = 32;  // elements of four blocks: each number serves two

struct Product {
  Words high;
  Words low;
};
Product multiply(Words values, std::uint64_t factor) {
  const Wide wide = __builtin_convertvector(values, Wide) * factor;
  return {__builtin_convertvector(wide >> 32, Words), __builtin_convertvector(wide, Words)};
}

// The blocks with the counters 4·group … 4·group + 3: first the first number of each, and so on.
struct Numbers {
  Words rows[4];
};
Numbers draw(const std::array<std::uint32_t, 2>& key, std::uint64_t group) {
  const auto low = static_cast<std::uint32_t>(4 * group);  // of a multiple of 4: + 3 is no carry
  const auto high = static_cast<std::uint32_t>((4 * group) >> 32);
  Words a{low, low + 1, low + 2, low + 3};
  Words b{high, high, high, high};
  Words c{};
  Words d{};
  std::uint32_t key0 = key[0];
  std::uint32_t key1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const Product first = multiply(a, 0xD2511F53u);
    const Product second = multiply(c, 0xCD9E8D57u);
    a = second.high ^ b ^ key0;
    b = second.low;
    c = first.high ^ d ^ key1;
    d = first.low;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return {{a, b, c, d}};
}

// The factors of a group's elements. Dropped are the halves of numbers below a bound: a share of all
// 2¹⁶, whose nearest to `rate` is taken, and the mean of x stays exact.
void draw_factors(const Dropout& which, std::uint64_t group, real* out) {
  const auto bound = static_cast<std::uint32_t>(std::clamp(which.rate * 65536 + 0.5, 0.0, 65535.0));
  const auto scale = static_cast<real>(65536 / (65536 - static_cast<double>(bound)));
  const Numbers numbers = draw(which.key, group);
  for (const Words& row : numbers.rows) {
    for (const Words& half : {row & 0xFFFF, row >> 16}) {
      const Four factors = __builtin_convertvector((half >= bound) & 1, Four) * scale;
      __builtin_memcpy(out, &factors, sizeof(factors));
      out += 4;
    }
  }
}

}  // namespace

void dropout(const Dropout& which, const real* x, Index count, real* m, real* y) {
  share_elements(count, [&](Index begin, Index end) {
    for (Index at = begin; at < end;) {
      const std::uint64_t element = which.first + static_cast<std::uint64_t>(at);
      const auto skip = static_cast<Index>(element % kGroup);
      const Index some = std::min(kGroup - skip, end - at);
      if (some == kGroup) {
        draw_factors(which, element / kGroup, m + at);
      } else {
        real factors[kGroup];
        draw_factors(which, element / kGroup, factors);
        std::copy_n(factors + skip, some, m + at);
      }
      at += some;
    }
    const real* __restrict const factors = m;
    real* __restrict const to = y;
    for (Index i = begin; i < end; ++i) to[i] = x[i] * factors[i];
  });
}

void dropout_gradient(const real* m, const real* dy, Index count, real* dx, bool accumulate) {
  share_elements(count, [&](Index begin, Index end) {
    const real* __restrict const factors = m;
    const real* __restrict const slopes = dy;
    real* __restrict const to = dx;
    if (accumulate) {
      for (Index i = begin; i < end; ++i) to[i] += slopes[i] * factors[i];
    } else {
      for (Index i = begin; i < end; ++i) to[i] = slopes[i] * factors[i];
    }
  });
}

}  // namespace deai::kernels
