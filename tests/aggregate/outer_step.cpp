#include "aggregate/outer_step.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "base/error.h"

using namespace deai;

namespace {

// One number from 1 on, after two steps with the changes 0.5 and -0.25.
float after(const char* kind, double rate = 0) {
  aggregate::OuterStep outer(kind, rate);
  std::vector<float> x = {1}, state(outer.states());
  outer.begin(state);
  outer.step(x, std::vector<float>{0.5f}, state);
  outer.step(x, std::vector<float>{-0.25f}, state);
  return x[0];
}

bool near(float a, double b) { return std::fabs(static_cast<double>(a) - b) < 1e-6; }

}  // namespace

TEST_CASE("Outer steps by hand") {
  CHECK(after("average") == 1.25f);
  CHECK(after("average", 0.5) == 1.125f);
  CHECK(near(after("momentum"), 1 + 0.5 + (0.45 - 0.25)));
  // 0.7 · (0.5 + 0.9 · 0.5), then m = 0.2: 0.7 · (-0.25 + 0.9 · 0.2)
  CHECK(near(after("nesterov"), 1 + 0.7 * 0.95 + 0.7 * (-0.25 + 0.18)));
  const double v1 = 0.99e-6 + 0.01 * 0.25, v2 = 0.99 * v1 + 0.01 * 0.0625;
  CHECK(near(after("adam"), 1 + 0.01 * 0.05 / (std::sqrt(v1) + 0.001) +
                                0.01 * (0.045 - 0.025) / (std::sqrt(v2) + 0.001)));
  const double y1 = 1e-6 + 0.01 * 0.25, y2 = y1 + 0.01 * 0.0625;
  CHECK(near(after("yogi"), 1 + 0.01 * 0.05 / (std::sqrt(y1) + 0.001) +
                                0.01 * (0.045 - 0.025) / (std::sqrt(y2) + 0.001)));
}

TEST_CASE("Outer steps come to rest where participants do") {
  for (const char* kind : {"average", "momentum", "nesterov", "adam", "yogi"}) {
    INFO(kind);
    aggregate::OuterStep outer(kind);
    std::vector<float> x = {4, -1}, state(2 * outer.states());
    outer.begin(state);
    // Participants go half of the way to 3.
    for (int round = 0; round < 3000; ++round) {
      outer.step(x, std::vector<float>{(3 - x[0]) / 2, (3 - x[1]) / 2}, state);
    }
    CHECK(std::fabs(x[0] - 3) < 0.02f);
    CHECK(std::fabs(x[1] - 3) < 0.02f);
  }
}

TEST_CASE("Outer steps refuse other lengths and names") {
  aggregate::OuterStep outer("nesterov");
  std::vector<float> x(3), y(2);
  outer.step(x, x, x);
  CHECK_THROWS_AS(outer.step(x, x, y), Error);
  CHECK_THROWS_AS(outer.step(x, y, x), Error);
  CHECK_THROWS_AS(outer.step(y, x, x), Error);
  CHECK_THROWS_AS(aggregate::OuterStep("sgd"), Error);
}

TEST_CASE("FedProx pulls towards where the round began") {
  std::vector<float> gradient = {1};  // fewer than numbers: the rest has no gradient
  aggregate::add_proximal<float>(std::vector<float>{3, 9}, std::vector<float>{1, 1}, 0.5, gradient);
  CHECK(gradient[0] == 2.0f);
}
