#include "kernels/relu.h"

#include <limits>

#include "kernels/naive.h"

TEST_CASE("relu agrees with a naive loop") {
  using namespace deai;
  using deai::kernels::test::Memory;
  Random random(7, 0);
  for (const Index count : {0, 1, 3, 4, 17, 32, 33, 1000}) {
    for (const bool accumulate : {false, true}) {
      Memory x(count), y(count), dy(count), dx(count);
      for (Memory* memory : {&x, &dy, &dx}) memory->draw(random);
      std::vector<double> expected, expected_dx;
      for (Index i = 0; i < count; ++i) {
        expected.push_back(std::max(0.0, static_cast<double>(x[i])));
        expected_dx.push_back((accumulate ? static_cast<double>(dx[i]) : 0.0) +
                              (x[i] > 0 ? static_cast<double>(dy[i]) : 0.0));
      }
      std::vector<std::uint32_t> positive(static_cast<std::size_t>(kernels::positive_words(count)));
      kernels::relu(x.data(), count, y.data(), positive.data());
      kernels::relu_gradient(positive.data(), dy.data(), count, dx.data(), accumulate);
      kernels::test::require_close(y, expected, 0);
      kernels::test::require_close(dx, expected_dx, 1);
    }
  }
}

TEST_CASE("relu keeps a NaN") {
  using namespace deai;
  for (Index place = 0; place < 5; ++place) {
    std::vector<real> x(5, -1), y(5);
    std::uint32_t positive = 99;
    x[static_cast<std::size_t>(place)] = std::numeric_limits<real>::quiet_NaN();
    kernels::relu(x.data(), 5, y.data(), &positive);
    REQUIRE(positive == 0);
    for (Index i = 0; i < 5; ++i) {
      REQUIRE(std::isnan(y[static_cast<std::size_t>(i)]) == (i == place));
    }
  }
}
