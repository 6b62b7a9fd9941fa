#include "simulate/chaos.h"

#include <catch2/catch_test_macros.hpp>

using namespace deai;

namespace {

void check_seeds(protocol::Mode mode, std::uint64_t first, std::uint64_t count,
                 bool gossips = false) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    simulate::ChaosConfig config;
    config.seed = seed;
    config.mode = mode;
    config.gossips = gossips;
    config.participants = 2 + seed % 7;
    const auto report = simulate::run_chaos(config);
    INFO("simulate --chaos --seed " << seed << " --participants " << config.participants);
    for (const auto& violation : report.violations) UNSCOPED_INFO(violation);
    CHECK(report.violations.empty());
    CHECK(report.misfortunes > 10);
    CHECK(report.rounds > 3);
  }
}

}  // namespace

TEST_CASE("A mesh survives misfortunes of all kinds") {
  check_seeds(protocol::Mode::kDecentralized, 1, 16);
}

TEST_CASE("A star survives misfortunes of all kinds") {
  check_seeds(protocol::Mode::kFederated, 1, 12);
}

TEST_CASE("A room that gossips survives misfortunes of all kinds") {
  check_seeds(protocol::Mode::kDecentralized, 1, 20, true);
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
