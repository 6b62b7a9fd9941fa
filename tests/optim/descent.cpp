#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "optim/adamw.h"
#include "optim/descent.h"
#include "optim/sgd.h"

namespace {

using namespace deai;
using optim::Descent;
using optim::DescentSettings;

Descent sgd(Index weights, const DescentSettings& settings) {
  return {std::make_unique<optim::Sgd>(weights, optim::SgdSettings{}), weights, settings};
}

void step(Descent& descent, std::vector<real>& weights, std::vector<real> gradient) {
  descent.step(weights, gradient);
}

bool near(real found, double expected) {
  return std::abs(static_cast<double>(found) - expected) < 1e-6;
}

}  // namespace

TEST_CASE("the rate follows its schedule from step to step") {
  Descent descent =
      sgd(1, {.learning_rate = 1,
              .schedule = {
                  .kind = optim::Schedule::Kind::kStep, .warm_up = 2, .every = 1, .factor = 0.5}});
  std::vector<real> w{0};
  for (const double expected : {-0.5, -1.5, -2.5, -3.0, -3.25}) {
    step(descent, w, {1});
    CHECK(near(w[0], expected));
  }
}

TEST_CASE(
    "batches are gathered until they are a step, whose gradient is their mean, then clipped") {
  Descent descent = sgd(2, {.learning_rate = 1, .clip_norm = 1, .accumulate = 2});
  std::vector<real> w{0, 0};
  step(descent, w, {10, 0});
  CHECK(w == std::vector<real>{0, 0});
  step(descent, w, {-4, 8});
  // The mean is (3, 4), of which a fifth is left.
  CHECK(near(w[0], -0.6));
  CHECK(near(w[1], -0.8));
  step(descent, w, {0.5, 0});
  step(descent, w, {0.5, 0});
  CHECK(near(w[0], -1.1));
}

TEST_CASE("the average follows the weights, and moves with weights that are set") {
  Descent descent = sgd(1, {.learning_rate = 1, .average = 0.2});
  std::vector<real> w{8};
  const auto average = [&] { return w[0] + descent.lag()[0]; };
  step(descent, w, {4});
  // (1 + 1) / (10 + 1) is less than 0.2
  const double first = 8 * (2.0 / 11) + 4 * (9.0 / 11);
  CHECK(near(average(), first));
  step(descent, w, {-2});
  CHECK(near(average(), first * 0.2 + 6 * 0.8));
  w[0] += 1;
  CHECK(near(average(), first * 0.2 + 6 * 0.8 + 1));
  descent.forget_average();
  CHECK(average() == w[0]);
}

TEST_CASE("a descent made from another's state goes on with equal bits") {
  const DescentSettings settings{.learning_rate = 0.01,
                                 .schedule = {.kind = optim::Schedule::Kind::kCosine, .steps = 4},
                                 .accumulate = 2,
                                 .average = 0.9};
  const auto make = [&] {
    return Descent(std::make_unique<optim::AdamW>(3, optim::AdamWSettings{}), 3, settings);
  };
  const std::vector<real> gradient{real(0.3), real(-0.7), real(1.1)};
  std::vector<real> w{1, 2, 3};
  Descent first = make();
  for (int batch = 0; batch < 3; ++batch) step(first, w, gradient);
  std::vector<real> resumed = w;
  Descent second = make();
  const auto copy = [](auto from, auto to) {
    for (std::size_t at = 0; at < from.size(); ++at) {
      REQUIRE(from[at].size() == to[at].size());
      std::ranges::copy(from[at], to[at].begin());
    }
  };
  copy(first.states(), second.states());
  copy(first.progress(), second.progress());
  for (int batch = 0; batch < 3; ++batch) {
    step(first, w, gradient);
    step(second, resumed, gradient);
  }
  CHECK(w == resumed);
  CHECK(std::ranges::equal(first.lag(), second.lag()));
}
