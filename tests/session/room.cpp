#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "base/error.h"
#include "protocol/hostile.h"
#include "session/titanic_room.h"
#include "task/training_kinds.h"

using namespace deai;
using test::HalvesRoom;
using test::titanic;

TEST_CASE("Two pages with half of titanic each learn it together") {
  for (const auto mode : {protocol::Mode::kDecentralized, protocol::Mode::kFederated}) {
    HalvesRoom room(2, mode);
    for (const std::size_t i : {0u, 1u}) room.run(i, 30);
    REQUIRE(room.until_round({0, 1}, 30));
    CHECK(room.page(0).model_hash() == room.page(1).model_hash());
    for (const std::size_t i : {0u, 1u}) {
      room.check_model(i);
      CHECK(room.accuracy(i) >= 0.78);
      CHECK(room.page(i).traffic().sent_bytes > 0);
      CHECK(room.page(i).traffic().received_bytes > 0);
    }
    CHECK(room.world.violations().empty());
  }
}

TEST_CASE("A round has local_steps steps of the optimizer, each of accumulated batches") {
  task::Task task = titanic();
  task.exchange.local_steps = 3;
  task.training.accumulate = 4;
  for (const auto mode : {protocol::Mode::kDecentralized, protocol::Mode::kFederated}) {
    HalvesRoom room(2, mode, task);
    // What each page does in a round, by a learner of its own.
    std::vector<float> mean(room.page(0).learner().exchanged_count());
    for (const std::size_t i : {0u, 1u}) {
      session::Learner alone(task, i);
      for (const std::size_t shard : {i % 2 + 1, i % 2 + 3}) {
        test::add_rows(alone, session::Part::kTraining, text("shard-", shard));
      }
      for (int batch = 0; batch < 12; ++batch) alone.step();
      std::vector<float> learnt(mean.size());
      alone.get_weights(learnt);
      for (std::size_t at = 0; at < mean.size(); ++at) mean[at] += learnt[at] / 2;
      room.run(i, 1);
    }
    REQUIRE(room.until_round({0, 1}, 1));
    std::vector<float> together(mean.size());
    room.page(0).learner().get_weights(together);
    float apart = 0;
    for (std::size_t at = 0; at < mean.size(); ++at) {
      apart = std::max(apart, std::abs(together[at] - mean[at]));
    }
    CHECK(apart < 1e-6f);
  }
}

TEST_CASE("Running statistics are averaged, and what is frozen stays at home") {
  task::Task task = titanic();
  task::Layer norm = task::make_layer("batch_norm");
  task::Layer still = task::make_layer("batch_norm");
  still.frozen = true;
  task.model.layers = {norm, still, task::make_layer("dense", {{"units", 8}, {"lora_rank", 2}}),
                       task::make_layer("relu"), task::make_layer("dense", {{"units", 1}})};
  for (const auto mode : {protocol::Mode::kDecentralized, protocol::Mode::kFederated}) {
    HalvesRoom room(2, mode, task);
    const auto weights_of = [&](std::size_t i) {
      const session::Learner& learner = room.page(i).learner();
      std::vector<float> weights(learner.weight_count());
      learner.get_weights(weights);
      return weights;
    };
    const std::vector<float> first = weights_of(0);
    for (const std::size_t i : {0u, 1u}) room.run(i, 3);
    REQUIRE(room.until_round({0, 1}, 3));
    for (const std::size_t i : {0u, 1u}) room.check_model(i);
    const std::vector<float> learnt = weights_of(0);
    CHECK(learnt == weights_of(1));
    const auto part = [](const std::vector<float>& all, std::size_t from, std::size_t count) {
      return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(from),
                                all.begin() + static_cast<std::ptrdiff_t>(from + count));
    };
    const std::size_t exchanged = room.page(0).learner().exchanged_count();
    const auto columns = static_cast<std::size_t>(task::input_extents(task)[0]);
    const std::size_t frozen = 4 * columns + 8 * columns + 8;
    REQUIRE(learnt.size() == exchanged + frozen);
    CHECK(part(learnt, exchanged, frozen) == part(first, exchanged, frozen));
    // The buffers are the last of what is exchanged: mean and variance of each column.
    for (std::size_t at = exchanged - 2 * columns; at < exchanged; ++at) {
      CHECK(learnt[at] != first[at]);
    }
    // A file with other frozen weights would part a page from the others.
    session::Learner stranger(task, 1);
    std::vector<float> other = first;
    other.back() += 1;
    stranger.set_weights(other);
    room.stop(0);
    CHECK_THROWS_AS(room.page(0).import_model(stranger.export_model(), 0), Error);
    CHECK(weights_of(0) == learnt);
  }
}

TEST_CASE("A page that joins in round 3 ends with the hash of the rest") {
  HalvesRoom room(2, protocol::Mode::kDecentralized);
  for (const std::size_t i : {0u, 1u}) room.run(i, 8);
  REQUIRE(room.until_round({0, 1}, 3));
  const std::size_t joiner = room.add();
  room.world.connect(joiner, 0);
  room.world.connect(joiner, 1);
  room.run(joiner, 8);
  REQUIRE(room.until_round({0, 1, joiner}, 8));
  CHECK(room.page(joiner).model_hash() == room.page(0).model_hash());
  CHECK(room.page(joiner).model_hash() == room.page(1).model_hash());
  room.check_model(joiner);
}

TEST_CASE("A server that is restarted in mid training goes on from its store") {
  HalvesRoom room(2, protocol::Mode::kFederated);
  for (const std::size_t i : {0u, 1u}) room.run(i, 8);
  REQUIRE(room.until_round({0, 1}, 3));
  const Bytes saved = room.coordinator().save();
  const auto hash = room.coordinator().model_hash();
  room.world.crash(room.server);
  room.world.run_for(2'000);
  auto restarted = room.make_server(501);
  REQUIRE(restarted->session.restore(saved));
  CHECK(restarted->session.model_hash() == hash);
  CHECK(restarted->session.round() == 3);
  room.world.replace(room.server, std::move(restarted));
  for (const std::size_t i : {0u, 1u}) room.world.connect(i, room.server, true);
  REQUIRE(room.until_round({0, 1}, 8));
  CHECK(room.page(0).model_hash() == room.coordinator().model_hash());
  CHECK(room.page(1).model_hash() == room.coordinator().model_hash());
  CHECK(room.coordinator().participant_count() <= 2);
}

TEST_CASE("Strangers' bytes through the facades change nothing") {
  const auto end_of = [](protocol::Mode mode, bool strangers) {
    HalvesRoom room(2, mode);
    const std::size_t victim = mode == protocol::Mode::kFederated ? room.server : 0;
    Random random(21, 1);
    std::vector<Bytes> overheard;
    room.world.on_frame = [&](std::size_t, std::size_t, ByteView frame) {
      if (overheard.size() < 40) overheard.emplace_back(frame.begin(), frame.end());
    };
    protocol::LinkId link = 1'000'000;
    int refused = 0;
    const auto attack = [&] {
      for (int i = 0; i < 550; ++i) {
        auto& machine = room.world.machine(victim);
        const std::int64_t now = room.world.now();
        if (i % 10 == 0) machine.link_up(++link, protocol::LinkKind::kPeer, now);
        const Bytes frame =
            i % 11 == 10 && !overheard.empty()
                ? test::mutated(
                      random, overheard[random.below(static_cast<std::uint32_t>(overheard.size()))])
                : test::noise(random);
        refused += !machine.received(link, frame, now).closes.empty();
        if (i % 10 == 9) machine.link_down(link, now);
      }
    };
    // Between rounds, when the victim's outcomes carry nothing for its friends.
    if (strangers) {
      for (int turn = 0; turn < 20; ++turn) room.world.at(0, attack);
    }
    for (const std::size_t i : {0u, 1u}) room.run(i, 3);
    CHECK(room.until_round({0, 1}, 3));
    CHECK((refused > 100) == strangers);
    return room.page(1).model_hash();
  };
  for (const auto mode : {protocol::Mode::kDecentralized, protocol::Mode::kFederated}) {
    CHECK(end_of(mode, true) == end_of(mode, false));
  }
}

TEST_CASE("What a task says of the mean and of the pull back is done in its rooms") {
  // How far a room is from its beginning after three rounds.
  const auto moved = [](const task::Exchange& exchange, protocol::Mode mode) {
    task::Task task = titanic();
    task.exchange.outer = exchange.outer;
    task.exchange.proximal = exchange.proximal;
    HalvesRoom room(2, mode, task);
    std::vector<float> before(room.page(0).learner().exchanged_count()), after(before.size());
    room.page(0).learner().get_weights(before);
    for (const std::size_t i : {0u, 1u}) room.run(i, 3);
    REQUIRE(room.until_round({0, 1}, 3));
    CHECK(room.page(0).model_hash() == room.page(1).model_hash());
    CHECK(room.world.violations().empty());
    room.page(1).learner().get_weights(after);
    double sum = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      sum += std::pow(static_cast<double>(after[i] - before[i]), 2);
    }
    return std::sqrt(sum);
  };
  for (const auto mode : {protocol::Mode::kDecentralized, protocol::Mode::kFederated}) {
    task::Exchange exchange;
    const double mean = moved(exchange, mode);
    exchange.outer = task::make_choice(task::outer_kinds(), "momentum");
    CHECK(moved(exchange, mode) > 1.3 * mean);
    exchange.outer = task::make_choice(task::outer_kinds(), "average", {{"learning_rate", 0.1}});
    CHECK(moved(exchange, mode) < 0.3 * mean);
    exchange.outer = task::make_choice(task::outer_kinds(), "average");
    exchange.proximal = 100;
    CHECK(moved(exchange, mode) < 0.8 * mean);
  }
}
