#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/random.h"
#include "kernels/memory.h"

// What the kernels' tests share: padded memory, random numbers, comparison with sums in double.
namespace deai::kernels::test {

// Aligned memory that ends, for whoever reads further than kernels may, at a guarded place.
class Memory {
 public:
  explicit Memory(Index count, real value = 0) : count_(static_cast<std::size_t>(count)) {
    const auto padding = static_cast<std::size_t>(2 * kReadBehindBytes) / sizeof(real);
    store_.assign(count_ + padding, value);
    const auto address = reinterpret_cast<std::uintptr_t>(store_.data());
    const auto align = static_cast<std::uintptr_t>(kAlignBytes);
    shift_ = static_cast<std::size_t>((align - address % align) % align) / sizeof(real);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  static std::vector<real> numbers(Random& random, Index count) {
    std::vector<real> out(static_cast<std::size_t>(count));
    for (real& value : out) value = random.uniform(-1, 1);
    return out;
  }
  void draw(Random& random) {
    for (real& value : *this) value = random.uniform(-1, 1);
  }

  real* data() { return store_.data() + shift_; }
  real* begin() { return data(); }
  real* end() { return data() + count_; }
  real& operator[](Index place) { return data()[place]; }
  Index size() const { return static_cast<Index>(count_); }

 private:
  std::vector<real> store_;
  std::size_t count_;
  std::size_t shift_;
};

// `terms` products of numbers in [-1, 1) were summed.
inline void require_close(Memory& got, const std::vector<double>& expected, Index terms) {
  const double unit = sizeof(real) == 4 ? 6e-8 : 1.1e-16;
  const double tolerance = unit * 4 * (8 + static_cast<double>(terms));
  REQUIRE(got.size() == static_cast<Index>(expected.size()));
  double worst = 0;
  Index place = 0;
  for (Index i = 0; i < got.size(); ++i) {
    const double error =
        std::abs(static_cast<double>(got[i]) - expected[static_cast<std::size_t>(i)]);
    if (!(error <= worst)) {
      worst = error;
      place = i;
    }
  }
  INFO("worst at element " << place);
  REQUIRE(worst <= tolerance);
}

}  // namespace deai::kernels::test
