#include "simulate/chaos.h"

#include <catch2/catch_test_macros.hpp>

using namespace deai;

namespace {

// Rooms of a few more than `least`, one a seed.
void check_seeds(simulate::ChaosConfig config, std::uint64_t count, std::size_t least = 2) {
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    config.seed = seed;
    config.participants = least + seed % 7;
    const auto report = simulate::run_chaos(config);
    INFO("simulate --chaos --seed " << seed << " --participants " << config.participants);
    for (const auto& violation : report.violations) UNSCOPED_INFO(violation);
    CHECK(report.violations.empty());
    CHECK(report.misfortunes > 10);
    CHECK(report.rounds > 3);
  }
}

}  // namespace

TEST_CASE("A mesh survives misfortunes of all kinds") { check_seeds({}, 16); }

TEST_CASE("A star survives misfortunes of all kinds") {
  check_seeds({.mode = protocol::Mode::kFederated}, 12);
}

TEST_CASE("A room that gossips survives misfortunes of all kinds") {
  check_seeds({.gossips = true}, 20);
}

TEST_CASE("A room larger than its mesh survives misfortunes of all kinds") {
  check_seeds({.gossips = true, .matched = true}, 6, 17);
}

TEST_CASE("One seed gives one run") {
  simulate::ChaosConfig config;
  config.seed = 5;
  const auto one = simulate::run_chaos(config);
  const auto other = simulate::run_chaos(config);
  CHECK(one.frame_bytes == other.frame_bytes);
  CHECK(one.rounds == other.rounds);
  CHECK(one.virtual_ms == other.virtual_ms);
}
