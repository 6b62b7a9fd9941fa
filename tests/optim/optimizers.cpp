#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "optim/adamw.h"
#include "optim/sgd.h"

// Every number expected here was worked out by hand from the formulas in the headers.
namespace {

using namespace deai;
using optim::AdamW;
using optim::Optimizer;
using optim::Sgd;

void require_weights(const std::vector<real>& got, std::initializer_list<double> expected) {
  const double tolerance = sizeof(real) == 8 ? 1e-9 : 1e-6;
  REQUIRE(got.size() == expected.size());
  std::size_t place = 0;
  for (const double value : expected) {
    INFO("weight " << place);
    REQUIRE(std::abs(static_cast<double>(got[place++]) - value) <= tolerance);
  }
}

}  // namespace

TEST_CASE("sgd: two steps") {
  std::vector<real> w{1, -2};
  Sgd sgd(2, {});
  REQUIRE(sgd.moments().empty());
  sgd.step(w, std::vector<real>{2, 4}, real(0.1));
  require_weights(w, {0.8, -2.4});
  sgd.step(w, std::vector<real>{-1, 0}, real(0.5));
  require_weights(w, {1.3, -2.4});
}

TEST_CASE("sgd with momentum and weight decay: two steps") {
  std::vector<real> w{1};
  Sgd sgd(1, {.momentum = 0.5, .weight_decay = 0.1});
  sgd.step(w, std::vector<real>{2}, real(0.1));
  // g = 2.1, v = 2.1, w = 1 − 0.21
  require_weights(w, {0.79});
  sgd.step(w, std::vector<real>{1}, real(0.1));
  // g = 1.079, v = 1.05 + 1.079 = 2.129, w = 0.79 − 0.2129
  require_weights(w, {0.5771});
}

TEST_CASE("sgd with Nesterov's momentum: two steps") {
  std::vector<real> w{1};
  Sgd sgd(1, {.momentum = 0.5, .nesterov = true});
  sgd.step(w, std::vector<real>{2}, real(0.1));
  // v = 2, w = 1 − 0.1·(2 + 1)
  require_weights(w, {0.7});
  sgd.step(w, std::vector<real>{1}, real(0.1));
  // v = 2, w = 0.7 − 0.1·(1 + 1)
  require_weights(w, {0.5});
}

TEST_CASE("adamw: two steps") {
  std::vector<real> w{1};
  AdamW adamw(1, {.beta1 = 0.5, .beta2 = 0.75, .epsilon = 1, .weight_decay = 0.1});
  adamw.step(w, std::vector<real>{2}, real(0.1));
  // w = 0.99; m = 1, m̂ = 2; v = 1, v̂ = 4; w −= 0.1·2/(2 + 1)
  require_weights(w, {0.99 - 0.2 / 3});
  adamw.step(w, std::vector<real>{-4}, real(0.1));
  // m = −1.5, m̂ = −1.5/0.75 = −2; v = 0.75 + 4 = 4.75, v̂ = 4.75/0.4375
  const double second = 0.99 * (0.99 - 0.2 / 3) + 0.1 * 2 / (std::sqrt(4.75 / 0.4375) + 1);
  require_weights(w, {second});
}

TEST_CASE("an optimizer made from another's state goes on with equal bits") {
  const std::vector<real> gradient{real(0.3), real(-0.7), real(1.1)};
  const auto check = [&](auto make) {
    std::vector<real> w{1, 2, 3};
    auto first = make();
    for (int step = 0; step < 3; ++step) first->step(w, gradient, real(0.01));
    std::vector<real> resumed = w;
    auto second = make();
    REQUIRE(second->moments().size() == first->moments().size());
    std::copy(first->moments().begin(), first->moments().end(), second->moments().begin());
    std::copy(first->progress().begin(), first->progress().end(), second->progress().begin());
    for (int step = 0; step < 3; ++step) {
      first->step(w, gradient, real(0.01));
      second->step(resumed, gradient, real(0.01));
    }
    REQUIRE(w == resumed);
  };
  check([] { return std::make_unique<AdamW>(3, optim::AdamWSettings{}); });
  check([] { return std::make_unique<Sgd>(3, optim::SgdSettings{.momentum = 0.9}); });
}

TEST_CASE("every weight is moved alike, whatever the vector width") {
  for (const Index count : {1, 3, 4, 7, 8, 33}) {
    const auto size = static_cast<std::size_t>(count);
    std::vector<real> w(size, 1), u(size, 1);
    const std::vector<real> gradient(size, real(0.5));
    Sgd sgd(count, {.momentum = 0.9, .nesterov = true, .weight_decay = 0.01});
    AdamW adamw(count, {});
    for (int step = 0; step < 2; ++step) {
      sgd.step(w, gradient, real(0.1));
      adamw.step(u, gradient, real(0.1));
    }
    for (std::size_t i = 0; i < size; ++i) {
      REQUIRE(std::abs(w[i] - w[0]) <= real(1e-6));
      REQUIRE(std::abs(u[i] - u[0]) <= real(1e-6));
    }
  }
}

TEST_CASE("settings and sizes that cannot be are refused") {
  REQUIRE_THROWS_AS(Sgd(1, {.momentum = 1}), Error);
  REQUIRE_THROWS_AS(Sgd(1, {.nesterov = true}), Error);
  REQUIRE_THROWS_AS(Sgd(1, {.weight_decay = -1}), Error);
  REQUIRE_THROWS_AS(AdamW(1, {.beta1 = 1}), Error);
  REQUIRE_THROWS_AS(AdamW(1, {.epsilon = 0}), Error);
  Sgd sgd(2, {});
  std::vector<real> w(2);
  REQUIRE_THROWS_AS(sgd.step(w, std::vector<real>(3), real(0.1)), Error);
}
