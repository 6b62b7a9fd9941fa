#include <algorithm>
#include <iterator>

#include "base/random.h"
#include "protocol/gossip_room.h"
#include "protocol/room.h"
#include "simulate/matchmaker.h"

using namespace deai;
using namespace deai::test;

namespace {

using Pairs = simulate::Matchmaker::Pairs;

// A room in which each is linked with a few, whom a matchmaker names.
struct MatchedRoom : GossipRoom {
  MatchedRoom(std::size_t members, const protocol::Terms& room_terms)
      : GossipRoom(0, room_terms), matchmaker(2, 5) {
    for (std::size_t i = 0; i < members; ++i) {
      world.add(std::make_unique<GossipMachine>(terms, i, 0), 50);
      matchmaker.join(i);
    }
    match();
  }

  // What is not wanted any more ends first, at both ends.
  void match() {
    const Pairs wanted = matchmaker.pairs();
    Pairs changed;
    std::ranges::set_difference(linked, wanted, std::back_inserter(changed));
    for (const auto& [one, other] : changed) world.disconnect(one, other);
    changed.clear();
    std::ranges::set_difference(wanted, linked, std::back_inserter(changed));
    for (const auto& [one, other] : changed) world.connect(one, other);
    linked = wanted;
  }
  // It gets another place in each ring.
  void move(std::size_t member) {
    matchmaker.leave(member);
    matchmaker.join(member);
    match();
  }
  std::uint64_t least_round() {
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t i = 0; i < world.size(); ++i) least = std::min(least, round(i));
    return least;
  }

  simulate::Matchmaker matchmaker;
  Pairs linked;
};

}  // namespace

TEST_CASE("gossip: rounds go on while the room's graph is drawn anew again and again") {
  for (const char* scheme : {"plain", "choco", "power"}) {
    CAPTURE(scheme);
    protocol::Terms terms = gossip_terms(scheme, scheme == std::string("choco") ? "sign" : "f32");
    terms.max_participants = 6;
    // One round that waited for it would be most of the time.
    terms.deadline_ms = 30'000;
    std::uint64_t usual = 0;
    for (const bool moves : {false, true}) {
      MatchedRoom room(16, terms);
      room.run_all();
      Random random(3, 0);
      for (int i = 0; i < 60; ++i) {
        room.world.run_for(330);
        if (moves) room.move(random.below(16));
      }
      if (!moves) usual = room.least_round();
      CHECK(room.least_round() > 10);
      CHECK(room.least_round() * 10 >= usual * 8);
      for (std::size_t i = 0; i < 16; ++i) {
        CHECK(room.count(i, Notice::Kind::kPeerRefused) == 0);
      }
      std::vector<std::size_t> all(16);
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
      CHECK(room.off_target(all) < 0.25);
    }
  }
}

TEST_CASE("Who is one too many for a mesh is told so, as are those who refuse it") {
  protocol::Terms terms = simulate::synthetic_terms(24);
  terms.max_participants = 3;
  Room room(4, {}, terms);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < a; ++b) room.world.connect(a, b);
  }
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  for (std::size_t a = 0; a < 3; ++a) room.world.connect(a, 3);
  REQUIRE(room.until_round({0, 1, 2}, 6));
  const Notice* refused = room.last(0, Notice::Kind::kPeerRefused);
  REQUIRE(refused != nullptr);
  CHECK(refused->text == "the room is full");
  CHECK(refused->peer == room.member(3).id());
  const Notice* told = room.last(3, Notice::Kind::kPeerRefused);
  REQUIRE(told != nullptr);
  CHECK(told->text == "the other end closed the link: the room is full");
  CHECK(room.count(0, Notice::Kind::kPeerLeft) == 0);
  room.check_same({0, 1, 2});
}
