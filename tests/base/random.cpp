#include "base/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"

namespace {

using namespace deai;
using Words = std::array<std::uint32_t, 4>;

}  // namespace

// The vectors that the authors of Philox publish with their library (Random123, kat_vectors).
TEST_CASE("philox4x32-10 gives the published numbers") {
  REQUIRE(philox4x32({0, 0, 0, 0}, {0, 0}) ==
          Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  REQUIRE(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is its own, and any place in it can be sought") {
  Random one(7, 1);
  Random other(7, 2);
  std::array<std::uint32_t, 11> first{};
  for (auto& word : first) word = one.next_u32();
  REQUIRE(other.next_u32() != first[0]);
  REQUIRE(one.position() == first.size());
  for (const std::size_t place : {0u, 3u, 4u, 5u, 9u}) {
    one.seek(place);
    REQUIRE(one.position() == place);
    REQUIRE(one.next_u32() == first[place]);
    REQUIRE(one.next_u32() == first[place + 1]);
  }
}

TEST_CASE("uniform numbers lie in their range and have its mean") {
  Random random(1, 1);
  double sum = 0;
  for (int draw = 0; draw < 20000; ++draw) {
    const real value = random.uniform(-2, 4);
    REQUIRE(value >= -2);
    REQUIRE(value <= 4);
    sum += static_cast<double>(value);
  }
  // Deviation of the mean: 6 / √12 / √20000 = 0.012; five times that.
  REQUIRE(std::abs(sum / 20000 - 1) < 0.06);
}

TEST_CASE("normal numbers have mean 0 and variance 1") {
  Random random(1, 2);
  double sum = 0;
  double squares = 0;
  for (int draw = 0; draw < 20000; ++draw) {
    const auto value = static_cast<double>(random.normal());
    sum += value;
    squares += value * value;
  }
  REQUIRE(std::abs(sum / 20000) < 0.035);
  REQUIRE(std::abs(squares / 20000 - 1) < 0.05);
}

TEST_CASE("below is even and stays below") {
  Random random(1, 3);
  std::array<int, 7> counts{};
  for (int draw = 0; draw < 7000; ++draw) ++counts[random.below(7)];
  // Five deviations of √(7000·(1/7)·(6/7)) = 29.
  for (const int count : counts) REQUIRE(std::abs(count - 1000) < 150);
  REQUIRE(random.below(1) == 0);
  REQUIRE_THROWS_AS(random.below(0), Error);
}

TEST_CASE("shuffle gives a permutation, the same for the same seed") {
  std::array<std::uint32_t, 50> items{};
  std::iota(items.begin(), items.end(), 0u);
  auto again = items;
  const auto sorted = items;
  Random(5, 5).shuffle(items);
  Random(5, 5).shuffle(again);
  REQUIRE(items == again);
  REQUIRE(items != sorted);
  std::sort(again.begin(), again.end());
  REQUIRE(again == sorted);
}
