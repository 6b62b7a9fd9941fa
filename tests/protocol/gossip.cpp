#include "base/error.h"
#include "protocol/gossip_mail.h"
#include "protocol/gossip_room.h"
#include "protocol/hostile.h"

using namespace deai;
using test::gossip_terms;
using test::GossipRoom;
using test::Notice;

namespace {

struct Case {
  const char* scheme;
  const char* codec;
  const char* topology;
  double apart;           // at most, while each step pulls everybody a quarter of the way apart
  std::size_t per_round;  // payload bytes to one neighbour
};

// 96 numbers: tensors of 8 x 10 and 16.
const std::vector<Case> kCases = {
    {"plain", "f32", "full", 1e-6, 384},
    {"plain", "f32", "ring", 0.25, 384},
    {"plain", "f32", "random_regular/4", 0.15, 384},
    {"choco", "sign", "full", 0.05, 20},
    {"choco", "sign", "ring", 0.3, 20},
    {"choco", "top_k/10", "full", 0.8, 72},
    {"power", "f32", "full", 0.6, 0},
    {"swarm", "f32", "full", 0.7, 0},
    {"relay", "f32", "tree", 0.2, 388},
    {"exponential", "f32", "exponential", 0.4, 384},
};
const std::vector<std::size_t> kSix = {0, 1, 2, 3, 4, 5};

}  // namespace

TEST_CASE("gossip: a room keeps together while everybody is pulled elsewhere") {
  for (const Case& one : kCases) {
    CAPTURE(one.scheme, one.codec, one.topology);
    GossipRoom room(6, gossip_terms(one.scheme, one.codec, one.topology));
    room.run_all({.until_round = 60});
    REQUIRE(room.until_idle(kSix));
    CHECK(room.apart(kSix) < one.apart);
    CHECK(room.off_target(kSix) < 0.1);
    CHECK(room.gossiper(0).gossiped().distance > 0.01);
    CHECK(room.gossiper(0).gossiped().distance < 2);
    CHECK(room.count(0, Notice::Kind::kPeerLate) == 0);
    CHECK(room.round(0) == 60);
    for (const std::size_t i : kSix) {
      const auto& gossiper = room.gossiper(i);
      CHECK(room.machine(i).trainee.weights() == gossiper.weights());
      // The codec's bytes, and no more of headers than 50 a packet and a Status now and then.
      const std::uint64_t packets = gossiper.gossiped().full_bytes / (4 * room.terms.weight_count);
      if (one.per_round > 0) {
        CHECK(gossiper.gossiped().payload_bytes >= packets * one.per_round);
        // Of choco whole copies while the room forms.
        const std::size_t wholes = std::string(one.scheme) == "choco" ? 6 * 5 * 384 / 4 : 0;
        CHECK(gossiper.gossiped().payload_bytes <= packets * one.per_round + wholes);
      }
      CHECK(gossiper.sent_bytes() <
            gossiper.gossiped().payload_bytes + 60 * packets + 5 * 400 * 12);
    }
  }
}

TEST_CASE("gossip: leavers, newcomers, restarts and lost messages") {
  simulate::NetworkModel network;
  network.loss_per_mille = 20;
  network.repeats_per_mille = 10;
  network.overtakes_per_mille = 20;
  for (const Case& one : kCases) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(one.scheme, one.codec, one.topology, seed);
      protocol::Terms terms = gossip_terms(one.scheme, one.codec, one.topology);
      terms.deadline_ms = 4'000;
      GossipRoom room(5, terms, network, seed);
      room.run_all();
      REQUIRE(room.until_round({0, 1, 2, 3, 4}, 10));
      room.stop(4);  // stays linked, answers questions
      REQUIRE(room.until_round({0, 1, 2, 3}, 15));
      room.world.crash(3);
      REQUIRE(room.until_round({0, 1, 2}, 20));
      room.add();
      room.run(5);
      REQUIRE(room.until_rounds_of(5, 20));
      room.restart(3);
      room.run(3);
      REQUIRE(room.until_rounds_of(3, 20));
      const std::vector<std::size_t> stayed = {0, 1, 2, 3, 5};
      std::uint64_t last = 0;
      for (const std::size_t i : stayed) last = std::max(last, room.round(i));
      for (const std::size_t i : stayed) room.run(i, {.until_round = last + 20});
      REQUIRE(room.until_idle(stayed));
      CHECK(room.count(5, Notice::Kind::kAdopted) >= 1);
      CHECK(room.count(3, Notice::Kind::kAdopted) >= 1);
      CHECK(room.count(0, Notice::Kind::kPeerRefused) == 0);
      CHECK(room.apart(stayed) < one.apart + 0.4);
      CHECK(room.off_target(stayed) < 0.25);
      CHECK(room.world.most_held_bytes() < 20'000);
    }
  }
}

TEST_CASE("gossip: a newcomer begins with a neighbour's model, not with its own") {
  GossipRoom room(3, gossip_terms("choco", "sign", "full"));
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 30));
  const std::size_t joiner = room.add();
  room.run(joiner);
  REQUIRE(room.until_round({joiner}, 30));
  CHECK(room.count(joiner, Notice::Kind::kAdopted) == 1);
  // Its own zeros would have pulled all by a quarter.
  CHECK(room.off_target({0, 1, 2}) < 0.1);
  REQUIRE(room.until_round({0, 1, 2, joiner}, 60));
  CHECK(room.off_target({0, 1, 2, joiner}) < 0.1);
}

TEST_CASE("gossip: an imported model spreads") {
  GossipRoom room(3, gossip_terms("plain"));
  auto& machine = room.machine(1);
  for (std::size_t k = 0; k < room.terms.weight_count; ++k) {
    const_cast<std::vector<float>&>(machine.trainee.weights())[k] = 7;
  }
  room.world.call(
      1, [&](simulate::Machine&, std::int64_t now) { return machine.gossiper.imported(now); });
  room.run_all({.until_round = 1});
  REQUIRE(room.until_idle({0, 1, 2}));
  for (const std::size_t i : {0u, 1u, 2u}) CHECK(room.gossiper(i).weights()[0] > 4);
}

TEST_CASE("gossip: nobody stands still for one that is slow, and it takes part") {
  for (const char* scheme : {"plain", "choco", "power", "swarm"}) {
    CAPTURE(scheme);
    protocol::Terms terms = gossip_terms(scheme, "f32", "full");
    terms.deadline_ms = 2'000;
    GossipRoom room(4, terms);
    room.world.set_step_ms(3, 10'000);
    room.run_all();
    REQUIRE(room.until_round({0, 1, 2}, 100, 60'000));
    REQUIRE(room.until_rounds_of(3, 3));
    CHECK(room.apart({0, 1, 2}) < 0.7);
    std::size_t met = 0;
    for (const Notice& notice : room.world.notices(0)) {
      for (const auto& peer : notice.peers) met += peer == room.gossiper(3).id();
    }
    CHECK(met >= 2);
  }
}

TEST_CASE("gossip: a sparse mesh costs each the same, however many there are") {
  std::uint64_t bytes[2];
  for (const std::size_t members : {8u, 14u}) {
    GossipRoom room(members, gossip_terms("choco", "sign", "random_regular/4"));
    room.run_all({.until_round = 20});
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < members; ++i) all.push_back(i);
    REQUIRE(room.until_idle(all));
    bytes[members == 14] = room.gossiper(0).gossiped().payload_bytes;
    // And whole copies, while the room forms.
    CHECK(bytes[members == 14] <= 4 * 20 * 20 + 12 * 384);
    CHECK(room.apart(all) < 0.4);
  }
}

TEST_CASE("gossip: a sparse mesh of links is a graph, too") {
  GossipRoom room(0, gossip_terms("plain", "f32", "full"));
  for (std::size_t i = 0; i < 8; ++i) {
    room.world.add(std::make_unique<test::GossipMachine>(room.terms, i, 0), 50);
  }
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < 8; ++i) {
    room.world.connect(i, (i + 1) % 8);
    room.world.connect(i, (i + 3) % 8);
    all.push_back(i);
  }
  room.run_all({.until_round = 60});
  REQUIRE(room.until_idle(all));
  CHECK(room.apart(all) < 0.3);
  CHECK(room.off_target(all) < 0.1);
}

TEST_CASE("gossip: a machine that slept for long takes a neighbour's model") {
  GossipRoom room(3, gossip_terms("swarm"));
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 10));
  room.world.sleep(2, room.world.now() + 60'000);
  room.world.run_for(65'000);
  CHECK(room.count(2, Notice::Kind::kAdopted) == 1);
  CHECK(room.round(2) + 100 > room.round(0));
}

TEST_CASE("gossip: strangers' bytes are offences and fill no memory") {
  GossipRoom room(3, gossip_terms("choco", "sign", "full"));
  room.run_all({.until_round = 40});
  REQUIRE(room.until_round({0, 1, 2}, 5));
  Random random(3, 1);
  std::uint32_t number = 4'000'000'000u;
  const auto send = [&](std::uint32_t round, std::uint8_t phase, const Bytes& body) {
    const auto packet = protocol::PacketWriter::write_gossip(round, phase, body);
    ByteWriter frame;
    frame.u8(2);
    frame.u32(++number);
    frame.u32(static_cast<std::uint32_t>(packet->size()));
    frame.u32(0);
    frame.bytes(*packet);
    room.world.inject(2, 0, frame.take());
  };
  const gossip::Message junk{0, 0, 6, gossip::shared(Bytes(7))};
  // Of rounds to come: kept, but no more than two of them.
  const auto held = room.gossiper(0).held_bytes();
  for (std::uint32_t i = 0; i < 50; ++i) {
    send(1'000 + i, 0, protocol::write_mail(0.1f, true, {&junk, 1}));
    room.world.run_for(1);
  }
  CHECK(room.gossiper(0).held_bytes() < held + 2'000);
  CHECK(!protocol::read_mail(Bytes{}));
  CHECK(!protocol::read_mail(protocol::write_mail(0.5f, true, {})));
  CHECK(!protocol::read_mail(protocol::write_mail(2.0f, true, {&junk, 1})));
  CHECK(!protocol::read_mail(protocol::write_mail(NAN, true, {&junk, 1})));
  const std::vector<gossip::Message> many(5, junk);
  CHECK(!protocol::read_mail(protocol::write_mail(0.5f, true, many)));
  REQUIRE(protocol::read_mail(protocol::write_mail(0.5f, true, {&junk, 1})));
  Bytes cut = protocol::write_mail(0.5f, true, {&junk, 1});
  cut.pop_back();
  CHECK(!protocol::read_mail(cut));
  // Of now: three offences close the link.
  for (int i = 0; i < 40 && room.count(0, Notice::Kind::kPeerRefused) == 0; ++i) {
    send(static_cast<std::uint32_t>(room.round(0)), 0, test::noise(random));
    room.world.run_for(20);
  }
  CHECK(room.count(0, Notice::Kind::kPeerRefused) == 1);
  REQUIRE(room.until_idle({0, 1}));
}

TEST_CASE("gossip: what no room can have is refused") {
  const auto refuses = [](const protocol::Terms& terms) {
    simulate::SyntheticTrainee trainee(0, 0, terms.weight_count);
    CHECK_THROWS_AS(protocol::Gossiper(terms, simulate::entropy(1), trainee), Error);
  };
  refuses(gossip_terms("median"));
  refuses(gossip_terms("choco", "huffman"));
  refuses(gossip_terms("plain", "f32", "moebius"));
  protocol::Terms terms = gossip_terms("relay");
  terms.gossip.topology = "ring";
  refuses(terms);
  terms = gossip_terms("exponential", "f32", "ring");
  refuses(terms);
}

TEST_CASE("gossip: short packets are read, and nothing else") {
  Random random(5, 1);
  const auto packet = protocol::PacketWriter::write_gossip(77, 3, Bytes{1, 2, 3});
  const auto read = protocol::read_packet(packet);
  REQUIRE(read);
  CHECK(read->header.kind == protocol::Kind::kGossip);
  CHECK(read->header.round == 77);
  CHECK(read->header.phase == 3);
  CHECK(Bytes(read->body.begin(), read->body.end()) == Bytes{1, 2, 3});
  for (std::size_t at = 0; at < packet->size(); ++at) {
    Bytes changed = *packet;
    changed[at] ^= 1;
    CHECK(!protocol::read_packet(std::make_shared<const Bytes>(changed)));
    changed.resize(at);
    CHECK(!protocol::read_packet(std::make_shared<const Bytes>(changed)));
  }
}
