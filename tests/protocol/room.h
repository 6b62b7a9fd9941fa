#pragma once

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "simulate/ledger.h"
#include "simulate/machines.h"
#include "simulate/world.h"

namespace deai::test {

using protocol::Mode;
using protocol::Notice;
using simulate::HubMachine;
using simulate::MemberMachine;
using simulate::World;

// A room of synthetic members, and of a hub where asked for, in a simulated network.
struct Room {
  explicit Room(std::size_t members, simulate::NetworkModel network = {},
                protocol::Terms room_terms = simulate::synthetic_terms(24))
      : terms(std::move(room_terms)), world(1, network) {
    for (std::size_t i = 0; i < members; ++i) add();
    world.on_notice = [this](std::size_t who, const Notice& notice) {
      if (notice.kind != Notice::Kind::kRoundCommitted) return;
      ledger.committed(who == hub_place ? hub().head() : member(who).head(), notice);
    };
  }

  ~Room() {
    for (const auto& violation : world.violations()) UNSCOPED_INFO(violation);
    CHECK(world.violations().empty());
  }

  std::size_t add() {
    const std::size_t number = world.size();
    return world.add(std::make_unique<MemberMachine>(terms, number, kLedger), 50);
  }
  // After all members.
  std::size_t add_hub() {
    hub_place = world.size();
    return world.add(std::make_unique<HubMachine>(terms, 1000), 0);
  }

  protocol::Member& member(std::size_t i) {
    return dynamic_cast<protocol::Member&>(dynamic_cast<MemberMachine&>(world.machine(i)).member);
  }
  simulate::SyntheticTrainee& trainee(std::size_t i) {
    return dynamic_cast<MemberMachine&>(world.machine(i)).trainee;
  }
  protocol::Hub& hub() { return dynamic_cast<HubMachine&>(world.machine(hub_place)).session; }

  void mesh() {
    for (std::size_t a = 0; a < world.size(); ++a) {
      if (a != hub_place) join(a);
    }
  }
  // Links to everybody there.
  void join(std::size_t a) {
    for (std::size_t b = 0; b < world.size(); ++b) {
      if (b != hub_place) world.connect(a, b);
    }
  }
  void star() {
    for (std::size_t a = 0; a < world.size(); ++a) {
      if (a != hub_place) world.connect(a, hub_place, true);
    }
  }
  void run(std::size_t i, protocol::Goal goal = {}) {
    world.call(i, [&](simulate::Machine& machine, std::int64_t now) {
      return dynamic_cast<MemberMachine&>(machine).member.run(goal, now);
    });
  }
  void run_all(protocol::Goal goal = {}) {
    for (std::size_t i = 0; i < world.size(); ++i) {
      if (i != hub_place) run(i, goal);
    }
  }
  void stop(std::size_t i) {
    world.call(i, [&](simulate::Machine& machine, std::int64_t now) {
      return dynamic_cast<MemberMachine&>(machine).member.stop(now);
    });
  }
  void set_mode(std::size_t i, Mode mode) {
    world.call(i, [&](simulate::Machine& machine, std::int64_t now) {
      return dynamic_cast<protocol::Member&>(dynamic_cast<MemberMachine&>(machine).member)
          .set_mode(mode, now);
    });
  }

  std::uint64_t round(std::size_t i) { return member(i).head().round; }
  // Everybody of them reached the round.
  bool until_round(std::vector<std::size_t> who, std::uint64_t wanted,
                   std::int64_t at_most_ms = 60'000) {
    return world.run_until(
        [&] {
          for (const std::size_t i : who) {
            if (round(i) < wanted) return false;
          }
          return true;
        },
        at_most_ms);
  }
  bool until_idle(std::vector<std::size_t> who, std::int64_t at_most_ms = 120'000) {
    return world.run_until(
        [&] {
          for (const std::size_t i : who) {
            if (member(i).running()) return false;
          }
          return true;
        },
        at_most_ms);
  }
  // One head, and weights that are the head's.
  void check_same(std::vector<std::size_t> who) {
    for (const std::size_t i : who) {
      CHECK(member(i).head() == member(who.front()).head());
      CHECK(member(i).head().hash == protocol::model_hash(terms.layout, member(i).weights()));
      if (!member(i).running()) CHECK(trainee(i).weights() == member(i).weights());
    }
  }
  // Each update listed in the model's history is in the model, once.
  void check_ledger(std::size_t i) {
    simulate::Ledger::Authors authors;
    for (std::size_t m = 0; m < world.size(); ++m) {
      if (m != hub_place && world.exists(m)) authors[member(m).id()] = {.number = m};
    }
    CHECK(ledger.audit(member(i).head(), member(i).weights(), authors, terms.local_steps) == "");
  }
  std::size_t count(std::size_t i, Notice::Kind kind) {
    std::size_t found = 0;
    for (const Notice& notice : world.notices(i)) found += notice.kind == kind;
    return found;
  }
  const Notice* last(std::size_t i, Notice::Kind kind) {
    const Notice* found = nullptr;
    for (const Notice& notice : world.notices(i)) {
      if (notice.kind == kind) found = &notice;
    }
    return found;
  }

  static constexpr std::size_t kLedger = 16;
  static constexpr std::size_t kNobody = SIZE_MAX;
  protocol::Terms terms;
  World world;
  simulate::Ledger ledger;
  std::size_t hub_place = kNobody;
};

}  // namespace deai::test
