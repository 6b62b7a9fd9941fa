#include "kernels/regression.h"

#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace deai;

TEST_CASE("absolute error and Huber's loss") {
  const std::vector<real> x = {0, 2, -4, 1}, target = {0, 1, 0, real(1.25)};
  std::vector<real> slope(4);
  CHECK(kernels::absolute_error(x.data(), target.data(), 4, slope.data()) == 5.25);
  CHECK(slope == std::vector<real>{0, 1, -1, -1});
  CHECK(kernels::huber(x.data(), target.data(), 4, 2, slope.data()) == 0.5 + 6 + 0.03125);
  CHECK(slope == std::vector<real>{0, 1, -2, real(-0.25)});
}

TEST_CASE("losses of numbers keep a NaN") {
  const std::vector<real> x = {std::numeric_limits<real>::quiet_NaN()}, target = {0};
  std::vector<real> slope(1);
  CHECK(std::isnan(kernels::absolute_error(x.data(), target.data(), 1, slope.data())));
  CHECK(std::isnan(slope[0]));
  CHECK(std::isnan(kernels::huber(x.data(), target.data(), 1, 2, slope.data())));
  CHECK(std::isnan(slope[0]));
}
