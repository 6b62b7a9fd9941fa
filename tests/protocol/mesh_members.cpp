#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "base/error.h"
#include "protocol/room.h"

using namespace deai;
using namespace deai::test;

TEST_CASE("Who is done keeps the model and still hands it on") {
  Room room(2);
  room.mesh();
  room.run_all({.rounds = 3});
  REQUIRE(room.until_idle({0, 1}));
  const std::size_t joiner = room.add();
  room.join(joiner);
  room.run(joiner, {.until_round = 3});
  REQUIRE(room.until_idle({joiner}));
  room.check_same({0, 1, joiner});
  CHECK(room.count(joiner, Notice::Kind::kRoundStarted) == 0);

  // Idle ones are not waited for and do not follow; when they run again they catch up first.
  const std::size_t fourth = room.add();
  room.join(fourth);
  room.run(joiner, {.until_round = 6});
  room.run(fourth, {.until_round = 6});
  REQUIRE(room.until_idle({joiner, fourth}));
  CHECK(room.round(0) == 3);
  room.run(0, {.until_round = 6});
  REQUIRE(room.until_idle({0}));
  room.check_same({0, joiner, fourth});
  CHECK(room.count(0, Notice::Kind::kAdopted) == 1);
}

TEST_CASE("Stopped in mid round a participant is back at the room's model, and can go on") {
  Room room(3);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  room.world.run_for(120);
  room.stop(2);
  CHECK(room.trainee(2).weights() == room.member(2).weights());
  const std::uint64_t stopped_at = room.round(2);
  REQUIRE(room.until_round({0, 1}, stopped_at + 3));
  CHECK(room.round(2) == stopped_at);
  room.run(2);
  const std::uint64_t now_at = room.round(0);
  REQUIRE(room.until_round({0, 1, 2}, now_at + 3));
  CHECK(room.last(0, Notice::Kind::kRoundCommitted)->count == 3);
}

TEST_CASE("All gone, a room goes on from what one of them had saved") {
  Room room(2);
  room.mesh();
  room.run_all({.rounds = 3});
  REQUIRE(room.until_idle({0, 1}));
  const Bytes saved = room.member(0).save();
  const protocol::Head head = room.member(0).head();
  for (const std::size_t i : {0u, 1u}) {
    room.world.replace(i, std::make_unique<MemberMachine>(room.terms, i, Room::kLedger, 1, 7));
  }
  Bytes damaged = saved;
  damaged[damaged.size() / 2] ^= 1;
  CHECK_FALSE(room.member(0).restore(damaged));
  CHECK(room.round(0) == 0);
  REQUIRE(room.member(0).restore(saved));
  CHECK(room.member(0).head() == head);
  CHECK(room.trainee(0).weights() == room.member(0).weights());

  room.mesh();
  room.run_all({.until_round = 5});
  CHECK_FALSE(room.member(0).restore(saved));  // not while running
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  CHECK(room.count(1, Notice::Kind::kAdopted) == 1);
}

TEST_CASE("An imported model beats an untouched one and loses against a trained one") {
  const auto import_into = [](Room& room, std::size_t i, float value = 0.5f) {
    std::vector<float> weights(room.terms.weight_count, value);
    room.trainee(i).write(weights);
    room.world.call(i, [](simulate::Machine& machine, std::int64_t now) {
      return dynamic_cast<MemberMachine&>(machine).member.imported(now);
    });
  };
  Room room(2);
  import_into(room, 1);
  const auto imported = room.member(1).head().hash;
  room.mesh();
  room.run_all({.rounds = 1});
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  CHECK(room.member(0).head().parent == imported);

  const std::size_t third = room.add();
  import_into(room, third, 0.25f);
  room.join(third);
  room.run_all({.until_round = 3});
  REQUIRE(room.until_idle({0, 1, third}));
  room.check_same({0, 1, third});
  CHECK(room.count(0, Notice::Kind::kAdopted) + room.count(1, Notice::Kind::kAdopted) == 1);
  CHECK(room.count(third, Notice::Kind::kAdopted) >= 1);

  room.run(0);
  CHECK_THROWS_AS(import_into(room, 0), Error);
}

TEST_CASE("Other tasks, rooms and models are refused with the reason") {
  for (const int which : {0, 1, 2}) {
    Room room(1);
    auto other = room.terms;
    (which == 0 ? other.room : which == 1 ? other.task : other.layout)[0] ^= 1;
    room.world.add(std::make_unique<MemberMachine>(other, 1, Room::kLedger), 50);
    room.mesh();
    room.run_all();
    room.world.run_for(1'000);
    CHECK_FALSE(room.world.connected(0, 1));
    REQUIRE(room.last(0, Notice::Kind::kPeerRefused));
    CHECK_FALSE(room.last(0, Notice::Kind::kPeerRefused)->text.empty());
    CHECK(room.count(0, Notice::Kind::kPeerJoined) == 0);
  }
}

TEST_CASE("A full room refuses, and our own key is nobody else") {
  auto terms = simulate::synthetic_terms(24);
  terms.max_participants = 3;
  Room room(4, {}, terms);
  room.world.connect(0, 1);
  room.world.connect(0, 2);
  room.world.run_for(500);
  room.world.connect(0, 3);
  room.world.run_for(500);
  CHECK(room.world.connected(0, 2));
  CHECK_FALSE(room.world.connected(0, 3));

  Room twins(1);
  twins.world.add(std::make_unique<MemberMachine>(twins.terms, 0, Room::kLedger), 50);
  twins.mesh();
  twins.world.run_for(500);
  CHECK_FALSE(twins.world.connected(0, 1));
}

TEST_CASE("Diverged training is told to the caller and to nobody else") {
  Room room(2);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1}, 1));
  REQUIRE(room.world.run_until([&] { return room.member(0).training_wanted(); }, 5'000));
  std::vector<float> weights(room.terms.weight_count, std::nanf(""));
  room.trainee(0).write(weights);
  const auto diverge = [&] {
    while (room.member(0).training_wanted()) room.member(0).step_done(1, room.world.now());
  };
  CHECK_THROWS_AS(diverge(), Error);
  CHECK_FALSE(room.member(0).running());
  CHECK(room.trainee(0).weights() == room.member(0).weights());
}

TEST_CASE("A question asked of a sleeper is soon asked of somebody else") {
  for (const std::size_t sleeper : {0u, 1u}) {
    CAPTURE(sleeper);
    Room room(2);
    room.mesh();
    room.run_all({.rounds = 3});
    REQUIRE(room.until_idle({0, 1}));
    // It knows both, and that they are ahead; then one falls asleep, with its link up.
    const std::size_t late = room.add();
    room.join(late);
    room.world.run_for(1'000);
    room.world.sleep(sleeper, room.world.now() + 600'000);
    const std::int64_t from = room.world.now();
    room.run(late);
    REQUIRE(room.until_round({late}, 3));
    CHECK(room.world.now() - from < protocol::kQuietMs + 2 * protocol::kGraceMs);
  }
}
