#include "kernels/elements.h"

#include <limits>
#include <vector>

#include "kernels/naive.h"
#include "kernels/parallel.h"

namespace {

using namespace deai;
using deai::kernels::test::Memory;

}  // namespace

TEST_CASE("add reaches every element and none behind") {
  for (const Index count : {0, 1, 3, 16, 31, 70'001}) {
    for (const Index threads : {1, 3}) {
      if (threads > 1 && !kernels::kHasThreads) continue;
      Random random(7, static_cast<std::uint64_t>(count));
      Memory x(count), y(count + 1);
      x.draw(random);
      y.draw(random);
      std::vector<real> sum(y.begin(), y.end());
      for (Index i = 0; i < count; ++i) sum[static_cast<std::size_t>(i)] += x.data()[i];
      kernels::set_threads(threads);
      kernels::add(x.data(), count, y.data());
      kernels::set_threads(1);
      REQUIRE(std::vector<real>(y.begin(), y.end()) == sum);
    }
  }
}

TEST_CASE("one number that is none is found wherever it stands") {
  using Limits = std::numeric_limits<real>;
  for (const Index count : {1, 7, 33}) {
    Memory x(count);
    std::fill_n(x.data(), count, -Limits::max());
    CHECK(kernels::all_finite(x.data(), count));
    for (Index place = 0; place < count; ++place) {
      for (const real wrong : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
        x.data()[place] = wrong;
        REQUIRE_FALSE(kernels::all_finite(x.data(), count));
        REQUIRE(kernels::all_finite(x.data(), place));
      }
      x.data()[place] = Limits::denorm_min();
    }
  }
  CHECK(kernels::all_finite(nullptr, 0));
}
