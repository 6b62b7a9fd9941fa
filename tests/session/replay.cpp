#include "session/replay.h"

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "base/random.h"
#include "session/titanic_room.h"

using namespace deai;

namespace {

task::Task short_rounds() {
  task::Task task = test::titanic();
  task.exchange.local_steps = 5;
  return task;
}

// Three pages with a shard each, all of which record.
struct RecordedRoom : test::TitanicRoom {
  explicit RecordedRoom(std::uint64_t limit = 1 << 24) : TitanicRoom(short_rounds()) {
    config.record_bytes = limit;
    for (std::size_t i = 0; i < 3; ++i) add({i + 1});
    for (std::size_t i = 0; i < 3; ++i) link(i);
    for (std::size_t i = 0; i < 3; ++i) run(i);
  }
  // What may happen to a page, and more.
  void misfortunes() {
    world.run_for(900);
    world.disconnect(0, 1);
    world.run_for(700);
    stop(2);
    world.inject(1, 0, {1, 2, 3});
    world.run_for(500);
    world.connect(0, 1);
    set_mode(2, protocol::Mode::kLocal);
    run(2);
    world.run_for(300);
    stop(2);
    world.call(2, [&](simulate::Machine&, std::int64_t now) {
      return page(2).import_model(page(1).learner().export_model(), now);
    });
    set_mode(2, protocol::Mode::kDecentralized);
    run(2);
    world.run_for(2'000);
  }
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
  config.task = short_rounds();
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
