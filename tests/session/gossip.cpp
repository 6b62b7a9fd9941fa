#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "session/titanic_room.h"

using namespace deai;

namespace {

task::Task titanic_with(const std::string& exchange) {
  std::string text = support::read_text("tasks/titanic/task.json");
  const std::string before = R"("exchange": {"scheme": "mean", "local_steps": 20)";
  const std::size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  return task::parse(text.replace(at, before.size(), R"("exchange": {)" + exchange));
}

// Pages with a shard each, linked to all others.
struct Pages : test::TitanicRoom {
  explicit Pages(const std::string& exchange) : TitanicRoom(titanic_with(exchange)) {}

  std::size_t add() {
    const std::size_t number = TitanicRoom::add({world.size() % 4 + 1});
    link(number);
    return number;
  }
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
    for (std::size_t i = 0; i < 3; ++i) room.run(i, 25);
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
  const std::size_t server = room.add_server();
  for (const std::size_t i : {0u, 1u}) {
    room.set_mode(i, protocol::Mode::kFederated);
    room.world.connect(i, server, true);
  }
  session::Coordinator& coordinator = room.coordinator(server);
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
    config.task = titanic_with(std::string(exchange) + R"(, "local_steps": 20)");
    CHECK_THROWS_AS(session::Participant(config, simulate::entropy(1)), Error);
  }
}
