#include "session/replay.h"

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "base/random.h"
#include "simulate/session_machines.h"
#include "support/cells.h"
#include "support/files.h"

using namespace deai;
using simulate::ParticipantMachine;
using simulate::World;

namespace {

// Three pages with a shard of titanic each, all of which record.
struct RecordedRoom {
  explicit RecordedRoom(std::uint64_t limit = 1 << 24) : world(3, {}) {
    for (std::size_t i = 0; i < 3; ++i) {
      session::ParticipantConfig config;
      config.task = task::parse(support::read_text("tasks/titanic/task.json"));
      config.task.exchange.local_steps = 5;
      config.room = "test";
      config.seed = i;
      config.record_bytes = limit;
      auto machine = std::make_unique<ParticipantMachine>(config, simulate::entropy(i));
      const std::string path = text("tasks/titanic/sample/shard-", i + 1, ".csv");
      machine->session.learner().add_table(session::Part::kTraining, path,
                                           support::cells_of(support::read_text(path)));
      world.add(std::move(machine), 2);
    }
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t b = 0; b < a; ++b) world.connect(a, b);
    }
    for (std::size_t i = 0; i < 3; ++i) run(i);
  }
  session::Participant& page(std::size_t i) {
    return dynamic_cast<ParticipantMachine&>(world.machine(i)).session;
  }
  void run(std::size_t i) {
    world.call(i, [&](simulate::Machine&, std::int64_t now) { return page(i).run({}, now); });
  }
  // What may happen to a page, and more.
  void misfortunes() {
    world.run_for(900);
    world.disconnect(0, 1);
    world.run_for(700);
    world.call(2, [&](simulate::Machine&, std::int64_t now) { return page(2).stop(now); });
    world.inject(1, 0, {1, 2, 3});
    world.run_for(500);
    world.connect(0, 1);
    world.call(2, [&](simulate::Machine&, std::int64_t now) {
      return page(2).set_mode(protocol::Mode::kLocal, now);
    });
    run(2);
    world.run_for(300);
    world.call(2, [&](simulate::Machine&, std::int64_t now) { return page(2).stop(now); });
    world.call(2, [&](simulate::Machine&, std::int64_t now) {
      return page(2).import_model(page(1).learner().export_model(), now);
    });
    world.call(2, [&](simulate::Machine&, std::int64_t now) {
      return page(2).set_mode(protocol::Mode::kDecentralized, now);
    });
    run(2);
    world.run_for(2'000);
  }
  World world;
};

}  // namespace

TEST_CASE("replay: all that happened to a page happens again, with the same outcomes") {
  RecordedRoom room;
  room.misfortunes();
  REQUIRE(room.page(0).round() > 5);
  for (std::size_t i = 0; i < 3; ++i) {
    const Bytes recording = room.page(i).recording();
    std::uint64_t events = 0;
    const session::Replay replay =
        session::replay(recording, [&](session::Recorded, std::int64_t, const protocol::Outcome&,
                                       const session::Participant& page) {
          ++events;
          CHECK(page.id() == room.page(i).id());
        });
    CHECK(replay.same);
    CHECK(replay.complete);
    CHECK(replay.events == events);
    CHECK(replay.events > 100);
    CHECK(replay.head == room.page(i).head());
    CHECK(replay.room == "test");
  }
}

TEST_CASE("replay: a page that went on from what it saved") {
  RecordedRoom room;
  room.misfortunes();
  session::ParticipantConfig config;
  config.task = task::parse(support::read_text("tasks/titanic/task.json"));
  config.task.exchange.local_steps = 5;
  config.room = "test";
  config.record_bytes = 1'000'000;
  session::Participant page(config, simulate::entropy(7));
  page.restore(room.page(0).save(), 5);
  page.run({}, 6);
  page.time(5'000);
  const session::Replay replay = session::replay(page.recording(), {});
  CHECK(replay.same);
  CHECK(replay.complete);
  CHECK(replay.events == 3);
  CHECK(replay.head == room.page(0).head());
}

TEST_CASE("replay: a recording that was full replays what is in it") {
  RecordedRoom room(60'000);
  room.misfortunes();
  const Bytes recording = room.page(0).recording();
  CHECK(recording.size() < 70'000);
  const session::Replay replay = session::replay(recording);
  CHECK(replay.same);
  CHECK_FALSE(replay.complete);
  CHECK(replay.events > 20);
  CHECK(replay.head.round < room.page(0).round());
}

TEST_CASE("replay: another outcome than the recorded one is told") {
  RecordedRoom room;
  room.world.run_for(2'000);
  Bytes recording = room.page(0).recording();
  REQUIRE(room.page(0).round() > 1);
  Random random(1, 0);
  std::size_t told = 0;
  for (int i = 0; i < 40; ++i) {
    // Somewhere in the later half, of which most are weights that were read and packets that came;
    // what comes of the very last ones may not be in the recording any more.
    Bytes damaged = recording;
    const auto half = static_cast<std::uint32_t>(recording.size() / 2);
    damaged[recording.size() - 1 - random.below(half)] ^= 0x11;
    try {
      told += session::replay(damaged).same ? 0 : 1;
    } catch (const Error&) {  // no recording any more
    }
  }
  CHECK(told > 0);
}

TEST_CASE("replay: bytes that are no recording are refused in words") {
  RecordedRoom room;
  room.world.run_for(400);
  const Bytes recording = room.page(0).recording();
  CHECK_THROWS_AS(session::replay({}), Error);
  for (std::size_t length = 1; length < recording.size(); length += 1 + length / 7) {
    CHECK_THROWS_AS(session::replay(ByteView(recording).first(length)), Error);
  }
  // Damaged after the header, whose task may well be one of another size.
  const auto header = static_cast<std::uint32_t>(recording.size() - 20'000);
  Random random(2, 0);
  for (int i = 0; i < 60; ++i) {
    Bytes damaged = recording;
    damaged[header + random.below(20'000)] ^= static_cast<std::uint8_t>(1 + random.below(255));
    try {
      session::replay(damaged);
    } catch (const Error&) {
    }
  }
}
