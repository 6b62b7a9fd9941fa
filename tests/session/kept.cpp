// What a page exports and saves, and who goes on from that.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "session/titanic_room.h"

using namespace deai;
using test::HalvesRoom;
using test::titanic;

TEST_CASE("An exported model can be imported and trained on alone") {
  HalvesRoom room(2, protocol::Mode::kDecentralized);
  for (const std::size_t i : {0u, 1u}) room.run(i, 3);
  REQUIRE(room.until_round({0, 1}, 3));
  const Bytes file = room.page(0).learner().export_model();
  const auto hash = room.page(0).model_hash();

  session::ParticipantConfig config;
  config.task = titanic();
  config.mode = protocol::Mode::kLocal;
  session::Participant alone(config, simulate::entropy(77));
  alone.import_model(file, 0);
  CHECK(alone.model_hash() == hash);
  CHECK(alone.round() == 0);
  test::add_rows(alone.learner(), session::Part::kTraining, "shard-3");
  CHECK_THROWS_AS(alone.train_step(0), Error);  // not running
  session::Target target;
  target.rounds = 2;
  protocol::Outcome outcome = alone.run(target, 0);
  CHECK_THROWS_AS(alone.import_model(file, 0), Error);  // running
  int steps = 0;
  while (outcome.training_wanted) {
    outcome = alone.train_step(++steps).outcome;
    CHECK(outcome.wake_at_ms == -1);
  }
  CHECK(alone.round() == 2);
  CHECK(steps == 2 * config.task.exchange.local_steps);
  CHECK(alone.model_hash() != hash);
}

TEST_CASE("A page that is loaded again goes on in the room's round from what it saved") {
  HalvesRoom room(2, protocol::Mode::kDecentralized);
  for (const std::size_t i : {0u, 1u}) room.run(i, 10);
  REQUIRE(room.until_round({0, 1}, 10));
  const Bytes saved = room.page(0).save();

  const std::size_t fresh = room.add();
  room.page(fresh).restore(saved, 0);
  CHECK(room.page(fresh).round() == 10);
  CHECK(room.page(fresh).model_hash() == room.page(1).model_hash());
  room.check_model(fresh);
  room.world.connect(fresh, 1);
  for (const std::size_t i : {std::size_t{1}, fresh}) room.run(i, 15);
  REQUIRE(room.until_round({1, fresh}, 15));
  CHECK(room.page(fresh).model_hash() == room.page(1).model_hash());

  // In a room of another name it is a model with its training, and rounds begin anew.
  session::ParticipantConfig config;
  config.task = titanic();
  config.room = "elsewhere";
  session::Participant elsewhere(config, simulate::entropy(9));
  elsewhere.restore(saved, 0);
  CHECK(elsewhere.round() == 0);
  ByteReader parts(saved);
  parts.sized(saved.size());
  const ByteView checkpoint = parts.bytes(parts.left());
  CHECK(std::ranges::equal(elsewhere.learner().save_checkpoint(10), checkpoint));

  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, saved.size() / 2}) {
    CHECK_THROWS_AS(elsewhere.restore(ByteView(saved).first(size), 0), Error);
  }
}
