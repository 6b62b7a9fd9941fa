#include "kernels/dropout.h"

#include <array>

#include "kernels/naive.h"
#include "kernels/parallel.h"

namespace {

using namespace deai;
using deai::kernels::test::Memory;

// The factors of `count` elements from `first` on.
std::vector<real> factors(std::uint64_t first, Index count, double rate) {
  Memory x(count, 2), m(count), y(count);
  kernels::dropout({.key = {123, 456}, .first = first, .rate = rate}, x.data(), count, m.data(),
                   y.data());
  for (Index i = 0; i < count; ++i) REQUIRE(y[i] == 2 * m[i]);
  return {m.begin(), m.end()};
}

// Element e's 16 bits by the plain generator.
std::uint32_t drawn(std::uint64_t e) {
  const std::uint64_t block = e / 32 * 4 + e % 4;
  const std::array<std::uint32_t, 4> numbers =
      philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0},
                 {123, 456});
  return numbers[e / 8 % 4] >> (e / 4 % 2 * 16) & 0xFFFF;
}

}  // namespace

TEST_CASE("dropout draws each element as Philox says") {
  const Index count = 83;
  const std::vector<real> all = factors(0, count, 0.25);
  for (Index e = 0; e < count; ++e) {
    INFO("element " << e);
    const bool dropped = drawn(static_cast<std::uint64_t>(e)) < 0x4000;
    REQUIRE(all[static_cast<std::size_t>(e)] == (dropped ? 0 : 1 / real(0.75)));
  }
  // Blocks beyond 2³².
  const std::uint64_t far = (std::uint64_t{1} << 30) * 40 + 5;
  const double number = drawn(far);
  REQUIRE(factors(far, 1, (number + 1) / 65536)[0] == 0);
  REQUIRE(factors(far, 1, number / 65536)[0] != 0);
}

TEST_CASE("dropout: a part is a part of the whole, whoever draws it") {
  const std::vector<real> all = factors(0, 100, 0.5);
  for (const std::uint64_t first : {0u, 1u, 31u, 32u, 37u}) {
    for (const Index count : {0, 1, 31, 32, 33, 60}) {
      const std::vector<real> part = factors(first, count, 0.5);
      REQUIRE(std::equal(part.begin(), part.end(), all.begin() + static_cast<Index>(first)));
    }
  }
  if (!kernels::kHasThreads) return;
  const Index many = 100'000;
  const std::vector<real> one = factors(3, many, 0.1);
  kernels::set_threads(3);
  const std::vector<real> three = factors(3, many, 0.1);
  kernels::set_threads(1);
  REQUIRE(one == three);
}

TEST_CASE("dropout keeps the expected share") {
  for (const double rate : {1e-6, 0.1, 0.5, 0.99}) {
    const Index count = 200'000;
    double dropped = 0;
    for (const real factor : factors(0, count, rate)) dropped += factor == 0 ? 1 : 0;
    const auto n = static_cast<double>(count);
    REQUIRE(std::abs(dropped - rate * n) < 5 * std::sqrt(n * rate * (1 - rate)) + 4);
  }
  // The largest rate that is not all.
  for (const real factor : factors(0, 1000, 0.9999999)) REQUIRE((factor == 0 || factor == 65536));
}
