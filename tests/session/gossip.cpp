#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "base/error.h"
#include "simulate/session_machines.h"
#include "support/cells.h"
#include "support/files.h"

using namespace deai;
using simulate::CoordinatorMachine;
using simulate::ParticipantMachine;
using simulate::World;

namespace {

task::Task titanic(const std::string& exchange) {
  std::string text = support::read_text("tasks/titanic/task.json");
  const std::string before = R"("exchange": {"scheme": "mean", "local_steps": 20)";
  const std::size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  return task::parse(text.replace(at, before.size(), R"("exchange": {)" + exchange));
}

// Pages with a part of titanic each, linked to all others.
struct Pages {
  explicit Pages(const std::string& exchange) : world(3, {}), task(titanic(exchange)) {}

  std::size_t add() {
    const std::size_t number = world.size();
    session::ParticipantConfig config;
    config.task = task;
    config.room = "test";
    config.seed = number;
    auto machine = std::make_unique<ParticipantMachine>(config, simulate::entropy(number));
    const std::string path = text("tasks/titanic/sample/shard-", number % 4 + 1, ".csv");
    machine->session.learner().add_table(session::Part::kTraining, path,
                                         support::cells_of(support::read_text(path)));
    world.add(std::move(machine), 2);
    for (std::size_t other = 0; other < number; ++other) world.connect(number, other);
    return number;
  }
  session::Participant& page(std::size_t i) {
    return dynamic_cast<ParticipantMachine&>(world.machine(i)).session;
  }
  void run(std::size_t i, session::Target target = {}) {
    world.call(i, [&](simulate::Machine&, std::int64_t now) { return page(i).run(target, now); });
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
  double accuracy(std::size_t i) {
    auto& learner = page(i).learner();
    const std::string path = "tasks/titanic/sample/held-out.csv";
    if (learner.sample_count(session::Part::kHeldOut) == 0) {
      learner.add_table(session::Part::kHeldOut, path, support::cells_of(support::read_text(path)));
    }
    return simulate::evaluate(learner, session::Part::kHeldOut).accuracy;
  }

  World world;
  task::Task task;
};

}  // namespace

TEST_CASE("Pages that gossip learn titanic, while one leaves and one joins") {
  for (const char* exchange :
       {R"("scheme": "plain", "local_steps": 20)", R"("scheme": "choco", "local_steps": 20)",
        R"("scheme": "choco", "codec": "top_k/10", "topology": "ring", "local_steps": 20)",
        R"("scheme": "power", "iterations": 2, "local_steps": 20)",
        R"("scheme": "swarm", "bits": 8, "local_steps": 20)",
        R"("scheme": "relay", "local_steps": 20)",
        R"("scheme": "exponential", "local_steps": 20)"}) {
    CAPTURE(exchange);
    Pages room(exchange);
    for (int i = 0; i < 4; ++i) room.run(room.add());
    REQUIRE(room.until_round({0, 1, 2, 3}, 20));
    room.world.crash(3);
    const std::size_t joiner = room.add();
    room.run(joiner);
    REQUIRE(room.until_round({0, 1, 2, joiner}, 60));
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}, joiner}) {
      CHECK(room.accuracy(i) >= 0.77);
      const auto traffic = room.page(i).traffic();
      CHECK(traffic.payload_bytes > 0);
      CHECK(traffic.payload_bytes < traffic.sent_bytes);
      CHECK(traffic.payload_bytes <= traffic.full_bytes + traffic.full_bytes / 50);
      CHECK(traffic.distance > 0);
      CHECK(traffic.distance < 0.5);
    }
    CHECK(room.world.violations().empty());
  }
}

TEST_CASE("Updates in another codec make one model, with fewer bytes") {
  std::uint64_t full = 0;
  for (const char* codec : {"f32", "f16", "int8+ef", "top_k/4+ef"}) {
    CAPTURE(codec);
    Pages room(std::string(R"("codec": ")") + codec + R"(", "local_steps": 20)");
    for (int i = 0; i < 3; ++i) room.add();
    session::Target target;
    target.until_round = 25;
    for (std::size_t i = 0; i < 3; ++i) room.run(i, target);
    REQUIRE(room.until_round({0, 1, 2}, 25));
    CHECK(room.page(0).model_hash() == room.page(1).model_hash());
    CHECK(room.page(0).model_hash() == room.page(2).model_hash());
    CHECK(room.accuracy(0) >= 0.77);
    const std::uint64_t sent = room.page(0).traffic().sent_bytes;
    if (full == 0) full = sent;
    CHECK((codec == std::string("f32") || sent < full * 8 / 10));
    CHECK(room.world.violations().empty());
  }
}

TEST_CASE("A room that gossips goes through a server, and what was learnt goes along") {
  Pages room(R"("scheme": "choco", "local_steps": 20)");
  for (int i = 0; i < 2; ++i) room.run(room.add());
  REQUIRE(room.until_round({0, 1}, 40));
  const std::size_t server = room.world.size();
  room.world.add(std::make_unique<CoordinatorMachine>(
                     session::CoordinatorConfig{room.task, "test", 2}, simulate::entropy(500)),
                 0);
  for (const std::size_t i : {0u, 1u}) {
    room.set_mode(i, protocol::Mode::kFederated);
    room.world.connect(i, server, true);
  }
  auto& coordinator = dynamic_cast<CoordinatorMachine&>(room.world.machine(server)).session;
  REQUIRE(room.world.run_until([&] { return coordinator.round() >= 2; }, 120'000));
  REQUIRE(room.world.run_until(
      [&] { return room.page(0).model_hash() == coordinator.model_hash(); }, 60'000));
  CHECK(room.accuracy(0) >= 0.77);  // two rounds from the beginning are below 0.7
  // And back.
  for (const std::size_t i : {0u, 1u}) {
    room.set_mode(i, protocol::Mode::kDecentralized);
    room.world.disconnect(i, server);
  }
  REQUIRE(room.until_round({0, 1}, 10));
  CHECK(room.accuracy(0) >= 0.77);
  CHECK(room.world.violations().empty());
}

TEST_CASE("An exchange that no room can have is refused when the page joins") {
  for (const char* exchange : {R"("codec": "gzip")", R"("scheme": "choco", "codec": "top_k")"}) {
    session::ParticipantConfig config;
    config.task = titanic(std::string(exchange) + R"(, "local_steps": 20)");
    CHECK_THROWS_AS(session::Participant(config, simulate::entropy(1)), Error);
  }
}
