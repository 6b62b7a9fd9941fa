#include <cmath>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "optim/schedule.h"

namespace {

using deai::optim::factor_at;
using deai::optim::Schedule;
using Kind = Schedule::Kind;

void check(const Schedule& schedule, double step, double expected) {
  INFO("step " << step);
  CHECK(std::abs(factor_at(schedule, step) - expected) < 1e-10);
}

}  // namespace

TEST_CASE("a constant rate, warmed up") {
  check({}, 0, 1);
  check({}, 1e9, 1);
  const Schedule warm{.warm_up = 4};
  check(warm, 0, 0.25);
  check(warm, 3, 1);
  check(warm, 4, 1);
}

TEST_CASE("a rate in steps") {
  const Schedule steps{.kind = Kind::kStep, .warm_up = 2, .every = 10, .factor = 0.5};
  check(steps, 11, 1);
  check(steps, 12, 0.5);
  check(steps, 52, 1.0 / 32);
  check(steps, 1e9, 0);
}

TEST_CASE("half a cosine, and what comes after it") {
  const Schedule cosine{.kind = Kind::kCosine, .steps = 12, .last = 0.1};
  check(cosine, 0, 1);
  check(cosine, 4, 0.1 + 0.9 * 0.75);
  check(cosine, 6, 0.55);
  check(cosine, 12, 0.1);
  check(cosine, 100, 0.1);
  for (int step = 0; step <= 12; ++step) {
    check(cosine, step, 0.1 + 0.9 * (1 + std::cos(3.141592653589793 * step / 12)) / 2);
  }
  const Schedule warm{.kind = Kind::kCosine, .warm_up = 4, .steps = 12};
  check(warm, 0, 0.25);
  check(warm, 8, 0.5);
  // Steps that end within the warm-up: one step of what would have followed, then the end.
  const Schedule short_one{.kind = Kind::kCosine, .warm_up = 4, .steps = 2};
  check(short_one, 3, 1);
  check(short_one, 5, 0);
}

TEST_CASE("one cycle rises and falls") {
  // As torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=10) gives them.
  const Schedule cycle{.kind = Kind::kOneCycle, .steps = 10, .last = 4e-6};
  const std::vector<double> expected{0.04,         0.52,         1,
                                     0.9504846320, 0.8117456539, 0.6112620219,
                                     0.3887419781, 0.1882583461, 0.0495193680};
  for (std::size_t step = 0; step < expected.size(); ++step) {
    INFO("step " << step);
    CHECK(std::abs(factor_at(cycle, static_cast<double>(step)) - expected[step]) < 1e-9);
  }
  check(cycle, 9, 4e-6);
  check(cycle, 10, 4e-6);
}
