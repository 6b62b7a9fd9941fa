// Rooms whose rounds end with an outer step (exchange.outer), in a mesh and in a star.
#include <algorithm>

#include "aggregate/outer_step.h"
#include "room.h"

using namespace deai;
using namespace deai::test;
using protocol::Notice;

namespace {

protocol::Terms outer_terms(const char* outer, Mode mode = Mode::kDecentralized) {
  protocol::Terms terms = simulate::synthetic_terms(24);
  terms.outer = outer;
  terms.mode = mode;
  return terms;
}

// One participant alone, by hand: local steps, then the outer step with what they changed.
std::vector<float> alone(const protocol::Terms& terms, std::size_t number, int rounds) {
  simulate::SyntheticTrainee trainee(number, Room::kLedger, terms.weight_count);
  const aggregate::OuterStep outer(terms.outer);
  std::vector<float> x(terms.weight_count), delta(x.size()), state(outer.states() * x.size());
  trainee.read(x);
  outer.begin(state);
  for (int round = 0; round < rounds; ++round) {
    trainee.write(x);
    for (std::uint32_t step = 0; step < terms.local_steps; ++step) trainee.step();
    trainee.read(delta);
    for (std::size_t i = 0; i < x.size(); ++i) delta[i] -= x[i];
    outer.step(x, delta, state);
  }
  return x;
}

bool heard(Room& room, std::size_t i, Notice::Kind kind) { return room.count(i, kind) > 0; }

}  // namespace

TEST_CASE("a room of one with an outer step goes where it goes by hand") {
  for (const char* outer : {"average", "momentum", "nesterov", "adam", "yogi"}) {
    INFO(outer);
    protocol::Terms terms = outer_terms(outer);
    terms.min_participants = 1;
    Room room(1, {}, terms);
    room.run_all({.rounds = 5});
    REQUIRE(room.until_idle({0}));
    const std::vector<float> expected = alone(terms, 0, 5);
    const std::vector<float> found = room.member(0).weights();
    for (std::size_t i = 0; i < found.size(); ++i) {
      INFO(i << ": " << found[i] << " " << expected[i]);
      // Updates travel as multiples of 2^-24.
      CHECK(std::abs(found[i] - expected[i]) <= 1e-5f * (1 + std::abs(expected[i])));
    }
  }
}

TEST_CASE("a mesh with an outer step agrees, and who joins gets what the step keeps") {
  for (const char* outer : {"nesterov", "adam"}) {
    INFO(outer);
    Room room(3, {}, outer_terms(outer));
    room.mesh();
    room.run_all({.until_round = 8});
    REQUIRE(room.until_round({0, 1, 2}, 3));
    const std::size_t late = room.add();
    room.join(late);
    room.run(late, {.until_round = 8});
    REQUIRE(room.until_idle({0, 1, 2, late}));
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}, late}) {
      CHECK(room.member(i).head() == room.member(0).head());
      CHECK(room.member(i).weights() == room.member(0).weights());
    }
    // It computed later rounds' results by itself, and they were the others'.
    CHECK(heard(room, late, Notice::Kind::kRoundCommitted));
    CHECK_FALSE(heard(room, late, Notice::Kind::kWarning));
    CHECK(room.member(0).head().round == 8);
  }
}

TEST_CASE("a hub with an outer step keeps its state over a restart") {
  Room room(2, {}, outer_terms("nesterov", Mode::kFederated));
  room.add_hub();
  room.star();
  room.run_all({.until_round = 4});
  REQUIRE(room.until_idle({0, 1}));
  const Bytes saved = room.hub().save();
  HubMachine again(room.terms, 5);
  REQUIRE(again.session.restore(saved));
  CHECK(again.session.head() == room.hub().head());
  CHECK(again.session.save() == saved);
  // One with another outer step would go on otherwise: it does not take the model.
  CHECK_FALSE(HubMachine(outer_terms("adam", Mode::kFederated), 5).session.restore(saved));

  for (std::size_t i = 0; i < 2; ++i) CHECK(room.member(i).head() == room.hub().head());
  CHECK(room.member(0).weights() == room.hub().weights());
  Room plain(2, {}, outer_terms("average", Mode::kFederated));
  plain.add_hub();
  plain.star();
  plain.run_all({.until_round = 4});
  REQUIRE(plain.until_idle({0, 1}));
  CHECK(plain.hub().weights() != room.hub().weights());
}
