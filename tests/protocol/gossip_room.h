#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "protocol/gossiper.h"
#include "simulate/machines.h"
#include "simulate/world.h"

namespace deai::test {

using protocol::Gossiper;
using protocol::Notice;
using simulate::World;

class GossipMachine : public simulate::Machine {
 public:
  GossipMachine(const protocol::Terms& terms, std::size_t number, std::uint64_t life)
      : trainee(number, 0, terms.weight_count),
        gossiper(terms, simulate::entropy(number + (life << 32)), trainee) {}

  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind,
                            std::int64_t now) override {
    return gossiper.link_up(link, kind, now);
  }
  protocol::Outcome link_down(protocol::LinkId link, std::int64_t now) override {
    return gossiper.link_down(link, now);
  }
  protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes,
                             std::int64_t now) override {
    return gossiper.writable(link, bytes, now);
  }
  protocol::Outcome received(protocol::LinkId link, ByteView frame, std::int64_t now) override {
    return gossiper.received(link, frame, now);
  }
  protocol::Outcome time(std::int64_t now) override { return gossiper.time(now); }
  protocol::Outcome train_step(std::int64_t now) override {
    trainee.step();
    return gossiper.step_done(1, now);
  }
  std::size_t held_bytes() const override { return gossiper.held_bytes(); }

  simulate::SyntheticTrainee trainee;
  Gossiper gossiper;
};

inline protocol::Terms gossip_terms(const std::string& scheme, const std::string& codec = "f32",
                                    const std::string& topology = "random_regular/4") {
  protocol::Terms terms = simulate::synthetic_terms(96);
  terms.tensors = {{8, 10}, {16, 1}};
  terms.gossip.scheme = scheme;
  terms.gossip.topology = scheme == "relay" ? "tree" : topology;
  terms.codec = codec;
  terms.local_steps = 1;
  return terms;
}

// A room without a common model, in a simulated network.
struct GossipRoom {
  GossipRoom(std::size_t members, protocol::Terms room_terms, simulate::NetworkModel network = {},
             std::uint64_t seed = 1)
      : terms(std::move(room_terms)), world(seed, network) {
    for (std::size_t i = 0; i < members; ++i) add();
  }
  ~GossipRoom() {
    for (const auto& violation : world.violations()) UNSCOPED_INFO(violation);
    CHECK(world.violations().empty());
  }

  // Linked to everybody who is there.
  std::size_t add() {
    const std::size_t number = world.size();
    world.add(std::make_unique<GossipMachine>(terms, number, 0), 50);
    join(number);
    return number;
  }
  void join(std::size_t number) {
    for (std::size_t other = 0; other < world.size(); ++other) world.connect(number, other);
  }
  // With nothing left of what it knew.
  void restart(std::size_t number) {
    world.replace(number, std::make_unique<GossipMachine>(terms, number, ++lives));
    join(number);
  }
  GossipMachine& machine(std::size_t i) { return dynamic_cast<GossipMachine&>(world.machine(i)); }
  Gossiper& gossiper(std::size_t i) { return machine(i).gossiper; }
  void run(std::size_t i, protocol::Goal goal = {}) {
    world.call(i, [&](simulate::Machine&, std::int64_t now) { return gossiper(i).run(goal, now); });
  }
  void run_all(protocol::Goal goal = {}) {
    for (std::size_t i = 0; i < world.size(); ++i) run(i, goal);
  }
  void stop(std::size_t i) {
    world.call(i, [&](simulate::Machine&, std::int64_t now) { return gossiper(i).stop(now); });
  }
  std::uint64_t round(std::size_t i) { return gossiper(i).head().round; }
  bool until_round(const std::vector<std::size_t>& who, std::uint64_t round_,
                   std::int64_t at_most_ms = 120'000) {
    return world.run_until(
        [&] {
          for (const std::size_t i : who) {
            if (round(i) < round_) return false;
          }
          return true;
        },
        at_most_ms);
  }
  bool until_idle(const std::vector<std::size_t>& who, std::int64_t at_most_ms = 240'000) {
    return world.run_until(
        [&] {
          for (const std::size_t i : who) {
            if (gossiper(i).running()) return false;
          }
          return true;
        },
        at_most_ms);
  }
  // It exchanged so often since it last began.
  bool until_rounds_of(std::size_t i, std::size_t rounds) {
    const std::size_t from = count(i, Notice::Kind::kRoundCommitted);
    return world.run_until([&] { return count(i, Notice::Kind::kRoundCommitted) >= from + rounds; },
                           120'000);
  }
  std::size_t count(std::size_t i, Notice::Kind kind) {
    std::size_t found = 0;
    for (const Notice& notice : world.notices(i)) found += notice.kind == kind;
    return found;
  }

  // √ of the mean over members and numbers of (x - mean)².
  double apart(const std::vector<std::size_t>& who) {
    const auto mean = mean_of(who, [&](std::size_t i) { return gossiper(i).weights(); });
    double sum = 0;
    for (const std::size_t i : who) {
      for (std::size_t k = 0; k < mean.size(); ++k) {
        const double off = static_cast<double>(gossiper(i).weights()[k]) - mean[k];
        sum += off * off;
      }
    }
    return std::sqrt(sum / static_cast<double>(who.size() * mean.size()));
  }
  // The mean model's distance from the mean of the targets, likewise: 1 / √members untrained.
  double off_target(const std::vector<std::size_t>& who) {
    const auto mean = mean_of(who, [&](std::size_t i) { return gossiper(i).weights(); });
    const auto target = mean_of(who, [&](std::size_t i) { return machine(i).trainee.target(); });
    double sum = 0;
    for (std::size_t k = 0; k < mean.size(); ++k)
      sum += (mean[k] - target[k]) * (mean[k] - target[k]);
    return std::sqrt(sum / static_cast<double>(mean.size()));
  }
  template <typename Read>
  std::vector<double> mean_of(const std::vector<std::size_t>& who, Read read) {
    std::vector<double> mean(terms.weight_count);
    for (const std::size_t i : who) {
      const std::vector<float>& values = read(i);
      for (std::size_t k = 0; k < mean.size(); ++k) {
        mean[k] += static_cast<double>(values[k]) / static_cast<double>(who.size());
      }
    }
    return mean;
  }

  protocol::Terms terms;
  World world;
  std::uint64_t lives = 0;
};

}  // namespace deai::test
