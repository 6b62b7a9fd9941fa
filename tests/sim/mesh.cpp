#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "simulate/machines.h"
#include "simulate/matchmaker.h"

using namespace deai;

namespace {

std::vector<std::size_t> degrees(const simulate::Matchmaker& matchmaker, std::size_t most) {
  std::vector<std::size_t> links(most);
  for (const auto& [a, b] : matchmaker.pairs()) ++links[a], ++links[b];
  return links;
}

// How many of them are within reach of the first.
std::size_t reached(const simulate::Matchmaker::Pairs& pairs, std::size_t first, std::size_t most) {
  std::vector<bool> seen(most);
  seen[first] = true;
  for (bool more = true; more;) {
    more = false;
    for (const auto& [a, b] : pairs) {
      if (seen[a] == seen[b]) continue;
      seen[a] = seen[b] = more = true;
    }
  }
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

}  // namespace

TEST_CASE("Who is matched in a large room has few links, and all are within reach") {
  simulate::Matchmaker matchmaker(2, 7);
  for (std::size_t id = 0; id < 300; ++id) matchmaker.join(id);
  for (const std::size_t links : degrees(matchmaker, 300)) {
    CHECK(links >= 2);
    CHECK(links <= 4);
  }
  CHECK(matchmaker.pairs().size() > 590);
  CHECK(reached(matchmaker.pairs(), 0, 300) == 300);

  // Half of them go; who is left is linked as before.
  for (std::size_t id = 0; id < 300; id += 2) matchmaker.leave(id);
  CHECK(reached(matchmaker.pairs(), 1, 300) == 150);
  const auto before = matchmaker.pairs();
  matchmaker.join(0);
  const auto after = matchmaker.pairs();
  std::size_t kept = 0;
  for (const auto& pair : before) kept += std::binary_search(after.begin(), after.end(), pair);
  CHECK(kept >= before.size() - 2);
}

TEST_CASE("Who is alone is matched with nobody, and two with each other once") {
  simulate::Matchmaker matchmaker(3, 1);
  matchmaker.join(5);
  CHECK(matchmaker.pairs().empty());
  matchmaker.join(2);
  CHECK(matchmaker.pairs() == simulate::Matchmaker::Pairs{{2, 5}});
}

TEST_CASE("Steps made side by side give the same run in any order") {
  const auto weights = [](bool backwards) {
    protocol::Terms terms = simulate::synthetic_terms(20);
    simulate::World world(1, {});
    for (std::size_t i = 0; i < 4; ++i) {
      world.add(std::make_unique<simulate::MemberMachine>(terms, i, 4), 5);
      for (std::size_t other = 0; other < i; ++other) world.connect(i, other);
    }
    std::size_t most = 0;
    world.step_together([&](const std::vector<std::size_t>& ids, const auto& body) {
      most = std::max(most, ids.size());
      for (std::size_t at = 0; at < ids.size(); ++at) body(backwards ? ids.size() - 1 - at : at);
    });
    for (std::size_t i = 0; i < 4; ++i) {
      world.call(i, [](simulate::Machine& machine, std::int64_t now) {
        return dynamic_cast<simulate::MemberMachine&>(machine).member.run({.rounds = 5}, now);
      });
    }
    world.run_for(20'000);
    CHECK(most > 1);
    CHECK(world.violations().empty());
    const auto& member = dynamic_cast<simulate::MemberMachine&>(world.machine(0)).member;
    CHECK(member.head().round == 5);
    return member.weights();
  };
  CHECK(weights(false) == weights(true));
}
