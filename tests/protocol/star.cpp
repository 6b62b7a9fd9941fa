#include <catch2/catch_test_macros.hpp>
#include <map>

#include "protocol/room.h"

using namespace deai;
using namespace deai::test;

namespace {

protocol::Terms star_terms() {
  auto terms = simulate::synthetic_terms(24);
  terms.mode = Mode::kFederated;
  return terms;
}

struct Star : Room {
  explicit Star(std::size_t members, protocol::Terms room_terms = star_terms())
      : Room(members, {}, std::move(room_terms)) {
    add_hub();
    star();
  }
  void restart_hub(ByteView saved = {}) {
    auto fresh = std::make_unique<HubMachine>(terms, 2000);  // with another key
    if (!saved.empty()) REQUIRE(fresh->session.restore(saved));
    world.replace(hub_place, std::move(fresh));
  }
};

}  // namespace

TEST_CASE("Around a hub everybody ends with the hub's model") {
  Star room(3);
  room.run_all({.rounds = 6});
  REQUIRE(room.until_idle({0, 1, 2}));
  room.check_same({0, 1, 2});
  CHECK(room.member(0).head() == room.hub().head());
  CHECK(room.round(0) == 6);
  room.check_ledger(0);
  CHECK(room.count(0, Notice::Kind::kRoundCommitted) == 6);
  CHECK(room.last(0, Notice::Kind::kRoundCommitted)->peers.size() == 3);
  CHECK(room.world.now() < room.terms.deadline_ms);
}

TEST_CASE("A mesh and a star make the same model of the same updates") {
  Star star(3);
  star.run_all({.rounds = 4});
  REQUIRE(star.until_idle({0, 1, 2}));
  Room mesh(3);
  mesh.mesh();
  mesh.run_all({.rounds = 4});
  REQUIRE(mesh.until_idle({0, 1, 2}));
  CHECK(star.member(0).head().hash == mesh.member(0).head().hash);
  CHECK(star.member(0).head() == mesh.member(0).head());
}

TEST_CASE("The hub opens no round below min_participants, and says how many lack") {
  auto terms = star_terms();
  terms.min_participants = 3;
  Star room(3, terms);
  room.run(0);
  room.run(1);
  room.world.run_for(10'000);
  CHECK(room.count(0, Notice::Kind::kRoundStarted) == 0);
  REQUIRE(room.last(0, Notice::Kind::kWaiting));
  CHECK(room.last(0, Notice::Kind::kWaiting)->count == 1);
  room.run(2);
  REQUIRE(room.until_round({0, 1, 2}, 2));
}

TEST_CASE("A member that is closed in mid round is not waited for") {
  Star room(3);
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  room.world.run_for(100);
  room.world.crash(2);
  const auto left_at = room.world.now();
  REQUIRE(room.until_round({0, 1}, 4));
  CHECK(room.world.now() - left_at < 2'000);
}

TEST_CASE("A silent member is late; the deadline ends the round") {
  Star room(3);
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  room.world.sleep(2, room.world.now() + 8'000);
  const auto asleep_at = room.world.now();
  REQUIRE(room.until_round({0, 1}, 3));
  CHECK(room.world.now() - asleep_at < room.terms.deadline_ms + 1'000);
  CHECK(room.last(room.hub_place, Notice::Kind::kPeerLate)->peer == room.member(2).id());
  room.world.run_for(12'000);
  REQUIRE(room.until_round({0, 1, 2}, room.round(0) + 2));
  CHECK(room.last(0, Notice::Kind::kRoundCommitted)->count == 3);
}

TEST_CASE("A slow member of a star is not in vain either") {
  auto terms = star_terms();
  terms.deadline_ms = 1'000;
  Star room(3, terms);
  room.world.set_step_ms(2, 700);
  room.run_all({.until_round = 9});
  REQUIRE(room.until_idle({0, 1, 2}, 300'000));
  room.check_same({0, 1, 2});
  room.check_ledger(0);
  const float in_it = room.member(0).weights()[2];
  CHECK(in_it > 0.0f);
}

TEST_CASE("A joiner of a star gets the model and takes part") {
  Star room(2);
  room.run_all({.until_round = 7});
  REQUIRE(room.until_round({0, 1}, 3));
  const std::size_t joiner = room.add();
  room.world.connect(joiner, room.hub_place, true);
  room.run(joiner, {.until_round = 7});
  REQUIRE(room.until_idle({0, 1, joiner}));
  room.check_same({0, 1, joiner});
  CHECK(room.last(0, Notice::Kind::kRoundCommitted)->count == 3);
}

TEST_CASE("A hub restarted with its store goes on where it stopped") {
  Star room(3);
  room.run_all({.until_round = 9});
  REQUIRE(room.until_round({0, 1, 2}, 4));
  const Bytes saved = room.hub().save();
  room.world.run_for(130);
  room.world.crash(room.hub_place);
  room.world.run_for(5'000);
  room.restart_hub(saved);
  CHECK(room.hub().head().round == 4);
  room.star();
  REQUIRE(room.until_idle({0, 1, 2}));
  room.check_same({0, 1, 2});
  CHECK(room.member(0).head() == room.hub().head());
  // Whose link came back last may have missed a round.
  CHECK(room.member(0).head().weight >= 9 * 2 * 4);
  room.check_ledger(0);
}

TEST_CASE("A hub restored to an older round is followed back") {
  Star room(2);
  room.run_all({.until_round = 9});
  REQUIRE(room.until_round({0, 1}, 2));
  const Bytes saved = room.hub().save();
  REQUIRE(room.until_round({0, 1}, 5));
  room.world.crash(room.hub_place);
  room.restart_hub(saved);
  room.star();
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  CHECK(room.count(0, Notice::Kind::kAdopted) == 1);
  CHECK(room.member(0).head().weight == 9 * 2 * 4);
}

TEST_CASE("A hub that lost its store takes the model from a member") {
  Star room(3);
  room.run_all({.until_round = 9});
  REQUIRE(room.until_round({0, 1, 2}, 4));
  room.world.crash(room.hub_place);
  room.world.run_for(1'000);
  room.restart_hub();
  room.star();
  REQUIRE(room.until_idle({0, 1, 2}));
  room.check_same({0, 1, 2});
  CHECK(room.member(0).head() == room.hub().head());
  CHECK(room.member(0).head().weight == 9 * 3 * 4);
  CHECK(room.count(0, Notice::Kind::kAdopted) == 0);
}

TEST_CASE("A single member cannot replace a model that the hub saw being made") {
  Star room(2);
  room.run_all();
  REQUIRE(room.until_round({0, 1}, 2));
  // In a mesh of their own two others made a heavier history.
  Room mesh(0);
  mesh.world.add(std::make_unique<MemberMachine>(mesh.terms, 7, Room::kLedger, 1'000), 50);
  mesh.world.add(std::make_unique<MemberMachine>(mesh.terms, 8, Room::kLedger, 1'000), 50);
  mesh.mesh();
  mesh.run_all();
  REQUIRE(mesh.until_round({0, 1}, 6));
  const auto heavy = mesh.member(0).head();
  REQUIRE(protocol::better(heavy, room.hub().head()));

  const std::size_t liar =
      room.world.add(std::make_unique<MemberMachine>(room.terms, 9, Room::kLedger), 50);
  std::vector<float> weights(room.terms.weight_count, 3.0f);
  room.trainee(liar).write(weights);
  room.world.call(liar, [](simulate::Machine& machine, std::int64_t now) {
    return dynamic_cast<MemberMachine&>(machine).member.imported(now);
  });
  room.world.connect(liar, room.hub_place, true);
  room.run(liar);
  REQUIRE(room.until_round({0, 1, liar}, 5));
  CHECK(room.count(liar, Notice::Kind::kAdopted) >= 1);
  CHECK(room.count(0, Notice::Kind::kAdopted) == 0);
}

TEST_CASE("What a hub saved is restored exactly, or not at all") {
  Star room(2);
  room.run_all({.rounds = 3});
  REQUIRE(room.until_idle({0, 1}));
  const Bytes saved = room.hub().save();
  HubMachine other(room.terms, 5);
  for (std::size_t at = 0; at < saved.size(); at += 13) {
    Bytes damaged = saved;
    damaged[at] ^= 1;
    CHECK_FALSE(other.session.restore(damaged));
    CHECK_FALSE(other.session.restore(ByteView(saved).first(at)));
  }
  CHECK(other.session.head().round == 0);
  CHECK(other.session.restore(saved));
  CHECK(other.session.head() == room.hub().head());
  CHECK(other.session.weights() == room.hub().weights());

  auto elsewhere = room.terms;
  elsewhere.room[0] ^= 1;
  CHECK_FALSE(HubMachine(elsewhere, 5).session.restore(saved));
}

TEST_CASE("A mesh that falls back to the star keeps its model") {
  Room room(3);
  room.add_hub();
  room.mesh();
  room.star();
  room.run_all({.until_round = 10});
  REQUIRE(room.until_round({0, 1, 2}, 3));
  room.world.run_for(90);
  const std::uint64_t before = room.round(0);
  for (std::size_t i = 0; i < 3; ++i) room.set_mode(i, Mode::kFederated);
  REQUIRE(room.until_idle({0, 1, 2}));
  room.check_same({0, 1, 2});
  CHECK(room.member(0).head() == room.hub().head());
  CHECK(room.hub().head().round == 10);
  CHECK(before >= 3);
  CHECK(room.member(0).head().weight == 10 * 3 * 4);
  room.check_ledger(0);
}

TEST_CASE("A hub is no peer, and a peer is no hub") {
  Room room(2, {}, star_terms());
  room.add_hub();
  room.world.connect(0, room.hub_place);  // as if it were a peer
  room.world.connect(0, 1, true);         // as if it were a coordinator
  room.world.run_for(1'000);
  CHECK_FALSE(room.world.connected(0, room.hub_place));
  CHECK_FALSE(room.world.connected(0, 1));
}

TEST_CASE("The hub gone, members wait and go on when it is back") {
  Star room(2);
  room.run_all({.until_round = 6});
  REQUIRE(room.until_round({0, 1}, 2));
  room.world.disconnect(0, room.hub_place);
  room.world.disconnect(1, room.hub_place);
  room.world.run_for(30'000);
  CHECK(room.round(0) <= 3);
  CHECK(room.member(0).running());
  room.star();
  REQUIRE(room.until_idle({0, 1}));
  room.check_same({0, 1});
  CHECK(room.member(0).head().weight == 6 * 2 * 4);
}

TEST_CASE("A hub draws who learns in a round; the others get the model and go on") {
  auto terms = star_terms();
  terms.sample = 3;
  Star room(9, terms);
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2, 3, 4, 5, 6, 7, 8}, 30));
  std::map<protocol::PeerId, int> turns;
  int rounds = 0;
  for (const Notice& notice : room.world.notices(room.hub_place)) {
    if (notice.kind != Notice::Kind::kRoundCommitted) continue;
    CHECK(notice.count == 3);
    ++rounds;
    for (const auto& peer : notice.peers) ++turns[peer];
  }
  CHECK(turns.size() == 9);
  for (const auto& [peer, count] : turns) CHECK(count < rounds);
  // Who rests does not train.
  std::uint64_t steps = 0;
  for (std::size_t i = 0; i < 9; ++i) steps += room.world.steps_trained(i);
  CHECK(steps <= terms.local_steps * 3 * static_cast<std::uint64_t>(rounds + 1));
  room.check_ledger(0);
}

TEST_CASE(
    "A share of the members is drawn, and who was drawn depends on room, round and id alone") {
  auto terms = star_terms();
  terms.sample = 0.5;
  const auto drawn = [&] {
    Star room(7, terms);
    room.run_all();
    REQUIRE(room.until_round({0}, 5));
    std::vector<std::vector<protocol::PeerId>> out;
    for (const Notice& notice : room.world.notices(room.hub_place)) {
      if (notice.kind == Notice::Kind::kRoundCommitted) out.push_back(notice.peers);
    }
    out.resize(5);
    return out;
  };
  const auto once = drawn();
  CHECK(once.back().size() == 4);
  CHECK(once == drawn());
}

TEST_CASE("Who is drawn and does not send is late; others are drawn, and its update is welcome") {
  auto terms = star_terms();
  terms.sample = 1;
  terms.deadline_ms = 3'000;
  Star room(3, terms);
  // Long enough to be late, with heartbeats all along.
  room.world.set_step_ms(1, 4'000);
  room.run_all();
  const auto counted = [&] {
    for (const Notice& notice : room.world.notices(room.hub_place)) {
      if (notice.kind != Notice::Kind::kRoundCommitted) continue;
      for (const auto& peer : notice.peers) {
        if (peer == room.member(1).id()) return true;
      }
    }
    return false;
  };
  REQUIRE(room.until_round({0, 2}, 20));
  CHECK_FALSE(counted());
  CHECK(room.last(room.hub_place, Notice::Kind::kPeerLate)->peer == room.member(1).id());
  REQUIRE(room.world.run_until(counted, 60'000));
  room.check_ledger(0);
}

TEST_CASE("In a large room a few slow members do not make everybody wait for the deadline") {
  auto terms = star_terms();
  terms.deadline_ms = 60'000;
  Star room(12, terms);
  room.world.set_step_ms(3, 10'000);
  room.run_all();
  // The first round waits: nothing is known of anybody.
  REQUIRE(room.until_round({0, 1, 2}, 2, 200'000));
  const auto from = room.world.now();
  REQUIRE(room.until_round({0, 1, 2}, 12, 200'000));
  CHECK(room.world.now() - from < 10 * 3'000);
  // What is late counts later.
  REQUIRE(room.world.run_until([&] { return room.member(0).weights()[3] > 0; }, 120'000));
  room.check_ledger(0);
}

TEST_CASE("In a small room a slow member is waited for, at most until the deadline") {
  auto terms = star_terms();
  terms.deadline_ms = 30'000;
  Star room(3, terms);
  room.world.set_step_ms(2, 1'500);  // four of them a round
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 4, 200'000));
  CHECK(room.last(room.hub_place, Notice::Kind::kRoundCommitted)->count == 3);
  CHECK(room.count(room.hub_place, Notice::Kind::kPeerLate) == 0);
}

TEST_CASE("A joiner is awaited from the round after it has the model") {
  Star room(2);
  room.run_all();
  REQUIRE(room.until_round({0, 1}, 3));
  const std::size_t joiner = room.add();
  room.world.set_step_ms(joiner, 600);  // more than a round of the others takes
  room.world.connect(joiner, room.hub_place, true);
  room.run(joiner);
  REQUIRE(room.until_round({joiner}, 3, 10'000));
  const std::uint64_t round = room.hub().head().round;
  const auto came_at = room.world.now();
  REQUIRE(room.until_round({0, 1}, round + 1));
  CHECK(room.world.now() - came_at < 1'500);  // without it
  REQUIRE(room.until_round({0, 1}, round + 3));
  CHECK(room.last(room.hub_place, Notice::Kind::kRoundCommitted)->count == 3);  // with it
}

TEST_CASE("Who rests gets each model once") {
  auto terms = simulate::synthetic_terms(4'000);
  terms.mode = Mode::kFederated;
  terms.sample = 1;
  Star room(6, terms);
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2, 3, 4, 5}, 2));
  const std::uint64_t before = room.world.frame_bytes();
  REQUIRE(room.until_round({0, 1, 2, 3, 4, 5}, 12));
  // Six models and an update a round, and little else.
  CHECK(room.world.frame_bytes() - before < 10 * (6 + 1) * 4 * 4'000 * 5 / 4);
}
