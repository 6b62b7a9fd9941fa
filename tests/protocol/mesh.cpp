#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "protocol/ranking.h"
#include "protocol/room.h"

using namespace deai;
using namespace deai::test;

TEST_CASE("Two peers go through rounds together and end with one model") {
  Room room(2);
  room.mesh();
  room.run_all({.rounds = 5});
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  CHECK(room.round(0) == 5);
  for (const std::size_t i : {0u, 1u}) {
    CHECK(room.count(i, Notice::Kind::kRoundCommitted) == 5);
    CHECK(room.count(i, Notice::Kind::kRoundStarted) == 5);
    CHECK(room.count(i, Notice::Kind::kDone) == 1);
    CHECK(room.count(i, Notice::Kind::kPeerLate) == 0);
    const Notice* committed = room.last(i, Notice::Kind::kRoundCommitted);
    CHECK(committed->count == 2);
    CHECK(committed->weight == 8);  // 4 steps of 1 sample each
    CHECK(committed->peers.size() == 2);
  }
  CHECK(room.member(0).head().weight == 40);
  // Nobody waited for a deadline.
  CHECK(room.world.now() < room.terms.deadline_ms);
}

TEST_CASE("The model of a round is the sample-weighted mean") {
  Room room(0);
  room.world.add(std::make_unique<MemberMachine>(room.terms, 0, Room::kLedger, 3), 50);
  room.world.add(std::make_unique<MemberMachine>(room.terms, 1, Room::kLedger, 1), 50);
  room.mesh();
  room.run_all({.rounds = 1});
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  const float counted = 4 * simulate::SyntheticTrainee::kCounted;
  CHECK(room.member(0).weights()[0] == counted * 3 / 4);
  CHECK(room.member(0).weights()[1] == counted * 1 / 4);
  CHECK(room.member(0).head().weight == 16);
}

TEST_CASE("Five peers agree in every round, and learn the mean of their targets") {
  Room room(5);
  room.mesh();
  room.run_all({.rounds = 30});
  REQUIRE(room.until_idle({0, 1, 2, 3, 4}, 300'000));
  room.check_same({0, 1, 2, 3, 4});
  for (std::size_t w = Room::kLedger; w < room.terms.weight_count; ++w) {
    float mean = 0;
    for (std::size_t i = 0; i < 5; ++i) mean += room.trainee(i).target()[w] / 5;
    CHECK(std::abs(room.member(0).weights()[w] - mean) < 1e-4f);
  }
  CHECK(room.world.now() < 30'000);
}

TEST_CASE("No round starts below min_participants") {
  auto terms = simulate::synthetic_terms(24);
  terms.min_participants = 3;
  Room room(3, {}, terms);
  room.world.connect(0, 1);
  room.run(0);
  room.run(1);
  room.world.run_for(20'000);
  CHECK(room.count(0, Notice::Kind::kRoundStarted) == 0);
  REQUIRE(room.last(0, Notice::Kind::kWaiting));
  CHECK(room.last(0, Notice::Kind::kWaiting)->count == 1);
  room.run(2);
  room.join(2);
  REQUIRE(room.until_round({0, 1, 2}, 2));
}

TEST_CASE("Alone a round commits at once and waits for nobody") {
  auto terms = simulate::synthetic_terms(24);
  terms.mode = Mode::kLocal;
  Room room(1, {}, terms);
  room.run(0, {.rounds = 3});
  REQUIRE(room.until_idle({0}));
  CHECK(room.round(0) == 3);
  CHECK(room.world.now() == 3 * 4 * 50);
  CHECK(room.member(0).weights()[0] == 12 * simulate::SyntheticTrainee::kCounted);
  room.check_same({0});
}

TEST_CASE("A peer that leaves in mid round costs no more than the deadline") {
  Room room(3);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  room.world.run_for(100);  // in the middle of round 3
  room.world.crash(2);
  const auto left_at = room.world.now();
  REQUIRE(room.until_round({0, 1}, 4));
  CHECK(room.world.now() - left_at < room.terms.deadline_ms);
  CHECK(room.count(0, Notice::Kind::kPeerLeft) == 1);
  REQUIRE(room.until_round({0, 1}, 8));
}

TEST_CASE("Who is left alone in mid round says that it waits, and goes on when the other does") {
  Room room(2);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1}, 2));
  REQUIRE(room.world.run_until(
      [&] { return room.member(0).training_wanted() && room.member(1).training_wanted(); },
      10'000));
  const std::size_t told = room.count(0, Notice::Kind::kWaiting);
  room.stop(1);
  room.world.run_for(3 * room.terms.deadline_ms);
  CHECK(room.count(0, Notice::Kind::kWaiting) == told + 1);
  CHECK(room.last(0, Notice::Kind::kWaiting)->count == 1);
  const std::uint64_t round = room.round(0);
  room.run(1);
  REQUIRE(room.until_round({0, 1}, round + 2));
  CHECK(room.count(0, Notice::Kind::kWaiting) == told + 1);
}

TEST_CASE("A silent peer is late, and the round goes on at the deadline") {
  Room room(3);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  room.world.sleep(2, room.world.now() + 8'000);
  const auto asleep_at = room.world.now();
  REQUIRE(room.until_round({0, 1}, 3));
  CHECK(room.world.now() - asleep_at <
        room.terms.deadline_ms + 3 * protocol::succession_ms(room.terms.deadline_ms));
  REQUIRE(room.last(0, Notice::Kind::kPeerLate));
  CHECK(room.last(0, Notice::Kind::kPeerLate)->peer == room.member(2).id());
  // Awake again it catches up and takes part.
  room.world.run_for(20'000);
  const std::uint64_t now_at = room.round(0);
  REQUIRE(room.until_round({0, 1, 2}, now_at + 3));
  CHECK(room.last(0, Notice::Kind::kRoundCommitted)->count == 3);
}

TEST_CASE("A slow peer is late but not in vain: its work counts in a later round, once") {
  auto terms = simulate::synthetic_terms(24);
  terms.deadline_ms = 1'000;
  Room room(3, {}, terms);
  room.world.set_step_ms(2, 700);  // 2.8 s a round
  room.mesh();
  room.run_all({.until_round = 9});
  REQUIRE(room.until_idle({0, 1, 2}, 300'000));
  room.check_same({0, 1, 2});
  room.check_ledger(0);
  const auto history = room.ledger.history(room.member(0).head());
  REQUIRE(history);
  std::size_t counted = 0;
  for (const auto& entry : *history) {
    for (const auto& peer : entry.peers) counted += peer == room.member(2).id();
  }
  CHECK(counted >= 2);
  CHECK(counted < 9);
  CHECK(room.count(0, Notice::Kind::kPeerLate) >= 2);
}

TEST_CASE("When the first in rank is gone the next one proposes") {
  Room room(4);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2, 3}, 3));
  const auto order = [&](std::size_t i) {
    return protocol::precedence(room.terms.room, 4, room.member(i).id());
  };
  std::size_t gone = 0;
  for (const std::size_t i : {1u, 2u, 3u}) {
    if (order(i) < order(gone)) gone = i;
  }
  std::vector<std::size_t> rest;
  for (const std::size_t i : {0u, 1u, 2u, 3u}) {
    if (i != gone) rest.push_back(i);
  }
  room.world.run_for(60);
  REQUIRE(room.round(gone) == 3);
  room.world.crash(gone);
  REQUIRE(room.until_round(rest, 4, room.terms.deadline_ms));
  room.world.run_for(200);
  for (const std::size_t i : rest) CHECK(room.count(i, Notice::Kind::kAdopted) == 0);
}

TEST_CASE("A commit that only one got before its proposer died reaches all") {
  Room room(4);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2, 3}, 3));
  // The first commit of round 4 kills its proposer when one frame of it is out.
  std::size_t proposer = Room::kNobody;
  const auto record = room.world.on_notice;
  room.world.on_notice = [&](std::size_t who, const Notice& notice) {
    record(who, notice);
    if (proposer != Room::kNobody || notice.kind != Notice::Kind::kRoundCommitted ||
        notice.round != 4) {
      return;
    }
    proposer = who;
    const std::size_t lucky = (who + 1) % 4;
    for (std::size_t other = 0; other < 4; ++other) {
      if (other != lucky)
        room.world.at(room.world.now(), [&room, who, other] { room.world.disconnect(who, other); });
    }
    room.world.at(room.world.now() + 60, [&room, who] { room.world.crash(who); });
  };
  REQUIRE(room.world.run_until([&] { return proposer != Room::kNobody; }, 60'000));
  const auto hash = room.member(proposer).head().hash;
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != proposer) rest.push_back(i);
  }
  REQUIRE(room.until_round(rest, 5));
  REQUIRE(room.until_round(rest, 7));
  room.world.run_for(30);
  // The lucky one handed it on: nobody had to take over another history.
  for (const std::size_t i : rest) {
    CHECK(room.count(i, Notice::Kind::kAdopted) == 0);
    CHECK(room.member(i).head().weight == room.member(rest[0]).head().weight);
  }
  CHECK(hash != protocol::Hash{});
}

TEST_CASE("A joiner takes over the room's model and is in the next rounds") {
  Room room(2);
  room.mesh();
  room.run_all({.until_round = 8});
  REQUIRE(room.until_round({0, 1}, 3));
  const std::size_t joiner = room.add();
  room.join(joiner);
  room.run(joiner, {.until_round = 8});
  REQUIRE(room.until_idle({0, 1, joiner}));
  room.check_same({0, 1, joiner});
  room.check_ledger(joiner);
  REQUIRE(room.count(joiner, Notice::Kind::kAdopted) >= 1);
  CHECK(room.count(joiner, Notice::Kind::kRoundCommitted) >= 2);
  CHECK(room.last(0, Notice::Kind::kRoundCommitted)->count == 3);
}

TEST_CASE("A fork heals: the heavier side is taken over") {
  Room room(5);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2, 3, 4}, 2));
  for (const std::size_t a : {0u, 1u}) {
    for (const std::size_t b : {2u, 3u, 4u}) room.world.disconnect(a, b);
  }
  const std::uint64_t parted_at = room.round(0);
  REQUIRE(room.until_round({0, 1, 2, 3, 4}, parted_at + 6));
  CHECK(room.member(0).head().parent != room.member(2).head().parent);
  room.join(0);
  room.join(1);
  room.world.run_for(4'000);
  CHECK(room.count(0, Notice::Kind::kAdopted) >= 1);
  CHECK(room.count(1, Notice::Kind::kAdopted) >= 1);
  for (const std::size_t i : {2u, 3u, 4u}) CHECK(room.count(i, Notice::Kind::kAdopted) == 0);
  for (std::size_t i = 0; i < 5; ++i) room.run(i, {.until_round = room.round(2) + 4});
  REQUIRE(room.until_idle({0, 1, 2, 3, 4}));
  room.check_same({0, 1, 2, 3, 4});
  room.check_ledger(0);
  CHECK(room.last(2, Notice::Kind::kRoundCommitted)->count == 5);
}

TEST_CASE("A lost link between two of three peers stops nothing") {
  Room room(3);
  room.mesh();
  room.run_all({.until_round = 12});
  REQUIRE(room.until_round({0, 1, 2}, 2));
  room.world.disconnect(0, 1);
  REQUIRE(room.until_idle({0, 1, 2}, 300'000));
  room.check_same({0, 1, 2});
  room.check_ledger(1);
}

TEST_CASE("A link that comes back in mid round loses nothing of it") {
  Room room(2);
  room.mesh();
  room.run_all({.rounds = 6});
  REQUIRE(room.until_round({0, 1}, 2));
  for (int time = 0; time < 4; ++time) {
    room.world.run_for(130);
    room.world.disconnect(0, 1);
    room.world.run_for(70);
    room.world.connect(1, 0);
  }
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  CHECK(room.member(0).head().weight == 48);
}

TEST_CASE("Frames may be lost, repeated and overtake each other") {
  simulate::NetworkModel rough;
  rough.loss_per_mille = 50;
  rough.repeats_per_mille = 50;
  rough.overtakes_per_mille = 100;
  Room room(4, rough, simulate::synthetic_terms(9'000));  // updates of three frames
  room.mesh();
  room.run_all({.until_round = 10});
  REQUIRE(room.until_idle({0, 1, 2, 3}, 600'000));
  room.world.run_for(30'000);
  room.check_same({0, 1, 2, 3});
  room.check_ledger(0);
}
