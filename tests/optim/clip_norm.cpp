#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "kernels/parallel.h"
#include "optim/clip_norm.h"
#include "optim/sgd.h"

namespace {

using namespace deai;

std::vector<real> waves(std::size_t count) {
  std::vector<real> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<real>(std::sin(0.37 * double(i)));
  return values;
}

}  // namespace

TEST_CASE("the norm of all numbers together") {
  CHECK(optim::norm({}) == 0);
  CHECK(optim::norm(std::vector<real>{3, -4}) == 5);
  for (const std::size_t count : {7u, 8u, 33u, 32'768u, 100'001u}) {
    const std::vector<real> values = waves(count);
    double sum = 0;
    for (const real value : values) sum += double(value) * double(value);
    CHECK(std::abs(optim::norm(values) - std::sqrt(sum)) < 1e-9 * std::sqrt(sum));
  }
}

TEST_CASE("a gradient above the norm is made shorter, and one below stays as it is") {
  std::vector<real> gradient{3, -4};
  optim::clip_norm(gradient, 10);
  CHECK(gradient == std::vector<real>{3, -4});
  optim::clip_norm(gradient, 1);
  CHECK(std::abs(gradient[0] - real(0.6)) < real(1e-6));
  CHECK(std::abs(gradient[1] + real(0.8)) < real(1e-6));
  std::vector<real> wrong{std::numeric_limits<real>::quiet_NaN(), 100};
  optim::clip_norm(wrong, 1);
  CHECK(wrong[1] == 100);
}

TEST_CASE("norms and steps have the same bits with any number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has one thread");
  const std::vector<real> gradient = waves(100'001);
  const auto run = [&](Index threads) {
    kernels::set_threads(threads);
    std::vector<real> weights = waves(gradient.size());
    optim::Sgd sgd(static_cast<Index>(weights.size()), {.momentum = 0.9, .weight_decay = 0.1});
    for (int step = 0; step < 3; ++step) {
      std::vector<real> clipped = gradient;
      optim::clip_norm(clipped, 10);
      sgd.step(weights, clipped, real(0.1));
    }
    kernels::set_threads(1);
    return weights;
  };
  CHECK(run(1) == run(3));
}
