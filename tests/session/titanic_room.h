#pragma once

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "secure/hash.h"
#include "simulate/session_machines.h"
#include "simulate/world.h"
#include "support/cells.h"
#include "support/files.h"

namespace deai::test {

inline task::Task titanic() { return task::parse(support::read_text("tasks/titanic/task.json")); }

// Rows of the sample: "shard-1" to "shard-4", "held-out".
inline void add_rows(session::Learner& learner, session::Part part, const std::string& name) {
  const std::string path = "tasks/titanic/sample/" + name + ".csv";
  learner.add_table(part, path, support::cells_of(support::read_text(path)));
}

// Pages that learn titanic, in a simulated network.
struct TitanicRoom {
  explicit TitanicRoom(const task::Task& task = titanic(),
                       protocol::Mode mode = protocol::Mode::kDecentralized)
      : world(3, {}) {
    config.task = task;
    config.room = "test";
    config.mode = mode;
  }

  // A page with these shards, by their numbers from 1 on. Linked to nobody.
  std::size_t add(const std::vector<std::size_t>& shards) {
    config.seed = world.size();
    auto machine =
        std::make_unique<simulate::ParticipantMachine>(config, simulate::entropy(config.seed));
    for (const std::size_t shard : shards) {
      add_rows(machine->session.learner(), session::Part::kTraining, text("shard-", shard));
    }
    return world.add(std::move(machine), 2);
  }
  // To all that were added before.
  void link(std::size_t i) {
    for (std::size_t other = 0; other < i; ++other) world.connect(i, other);
  }
  // A server, linked to nobody.
  std::size_t add_server() { return world.add(make_server(500), 0); }
  std::unique_ptr<simulate::CoordinatorMachine> make_server(std::uint64_t number) const {
    return std::make_unique<simulate::CoordinatorMachine>(
        session::CoordinatorConfig{config.task, config.room, 2}, simulate::entropy(number));
  }

  session::Participant& page(std::size_t i) {
    return dynamic_cast<simulate::ParticipantMachine&>(world.machine(i)).session;
  }
  session::Coordinator& coordinator(std::size_t i) {
    return dynamic_cast<simulate::CoordinatorMachine&>(world.machine(i)).session;
  }
  void run(std::size_t i, std::optional<std::uint64_t> until_round = {}) {
    session::Target target;
    target.until_round = until_round;
    world.call(i, [&](simulate::Machine&, std::int64_t now) { return page(i).run(target, now); });
  }
  void stop(std::size_t i) {
    world.call(i, [&](simulate::Machine&, std::int64_t now) { return page(i).stop(now); });
  }
  void set_mode(std::size_t i, protocol::Mode mode) {
    world.call(i,
               [&](simulate::Machine&, std::int64_t now) { return page(i).set_mode(mode, now); });
  }
  bool until_round(const std::vector<std::size_t>& who, std::uint64_t round) {
    return world.run_until(
        [&] {
          for (const std::size_t i : who) {
            if (page(i).round() < round) return false;
          }
          return true;
        },
        600'000);
  }
  // On the rows that were held out.
  double accuracy(std::size_t i) {
    session::Learner& learner = page(i).learner();
    if (learner.sample_count(session::Part::kHeldOut) == 0) {
      add_rows(learner, session::Part::kHeldOut, "held-out");
    }
    return simulate::evaluate(learner, session::Part::kHeldOut).accuracy;
  }

  simulate::World world;
  session::ParticipantConfig config;  // of the next page
};

// Pages with half of the sample each, all linked, to each other or to a server.
struct HalvesRoom : TitanicRoom {
  HalvesRoom(std::size_t pages, protocol::Mode mode, const task::Task& task = titanic())
      : TitanicRoom(task, mode) {
    for (std::size_t i = 0; i < pages; ++i) add();
    if (mode == protocol::Mode::kFederated) server = add_server();
    for (std::size_t i = 0; i < pages; ++i) {
      if (mode == protocol::Mode::kFederated) {
        world.connect(i, server, true);
      } else {
        link(i);
      }
    }
  }

  std::size_t add() { return TitanicRoom::add({world.size() % 2 + 1, world.size() % 2 + 3}); }
  session::Coordinator& coordinator() { return TitanicRoom::coordinator(server); }
  // The learner's weights are those whose hash the protocol tells.
  void check_model(std::size_t i) {
    auto& learner = page(i).learner();
    std::vector<float> weights(learner.exchanged_count());
    learner.get_weights(weights);
    const std::string& layout = learner.layout_text();
    const auto layout_hash =
        secure::hash({reinterpret_cast<const std::uint8_t*>(layout.data()), layout.size()});
    CHECK(protocol::model_hash(layout_hash, weights) == page(i).model_hash());
  }

  std::size_t server = SIZE_MAX;
};

}  // namespace deai::test
