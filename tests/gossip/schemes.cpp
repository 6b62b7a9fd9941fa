#include "gossip/scheme.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "circle.h"
#include "gossip/choco_step.h"
#include "gossip/quasi_global.h"

using namespace deai;
using test::GossipCircle;

namespace {

// Two matrices and two tensors of one extent.
const codec::Layout kLayout = {{12, 15}, {7}, {9, 20}, {3}};
constexpr std::size_t kCount = 12 * 15 + 7 + 9 * 20 + 3;

struct Case {
  std::string name;
  gossip::Settings settings;
  std::string topology = "ring";
  int rounds = 200;     // until the spread is below 1e-6 of what it was
  double drift = 1e-5;  // of the mean, at most
};

Case scheme(std::string name, std::string codec = "f32") {
  Case made;
  made.name = name + ' ' + codec;
  made.settings.scheme = std::move(name);
  made.settings.codec = std::move(codec);
  made.settings.layout = kLayout;
  return made;
}

std::vector<Case> cases() {
  std::vector<Case> all = {scheme("plain"),         scheme("choco", "f32"),
                           scheme("choco", "sign"), scheme("choco", "top_k/10"),
                           scheme("power"),         scheme("power"),
                           scheme("swarm"),         scheme("relay"),
                           scheme("exponential")};
  all[0].settings.step = 1.308;
  all[2].settings.step = 0.4;
  all[2].rounds = 800;
  all[3].settings.step = 0.2;
  all[3].rounds = 800;
  all[4].settings.step = all[5].settings.step = 1.308;
  all[4].rounds = 1500;
  all[5].name = "power 2 its, rank 2";
  all[5].settings.rank = all[5].settings.iterations = 2;
  all[5].rounds = 600;
  all[7].topology = "tree";
  all[7].drift = 10;  // with delays only the limit is common, not the mean
  all[8].rounds = 3;
  return all;
}

GossipCircle circle_of(const Case& made, std::uint32_t nodes = 8) {
  return GossipCircle(made.settings, gossip::make_topology(made.topology, nodes), kCount);
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("Every scheme comes to one vector, and keeps the mean") {
  for (const Case& made : cases()) {
    INFO(made.name);
    GossipCircle circle = circle_of(made);
    const double before = circle.spread();
    const auto mean = circle.mean();
    for (int round = 0; round < made.rounds; ++round) circle.round();
    CHECK(circle.spread() < 1e-6 * before);
    CHECK(largest_difference(mean, circle.mean()) < made.drift);
  }
}

TEST_CASE("Lost and spoilt messages do no lasting harm") {
  for (const Case& made : cases()) {
    INFO(made.name);
    GossipCircle circle = circle_of(made);
    const double before = circle.spread();
    for (int round = 0; round < 150; ++round) circle.round(0.1, 0.1);
    CHECK(circle.spread() < 10 * before);
    for (int round = 0; round < 2 * made.rounds; ++round) circle.round();
    CHECK(circle.spread() < 1e-5 * before);
    for (const double value : circle.mean()) CHECK(std::fabs(value) < 10);
  }
}

TEST_CASE("Somebody leaves, and somebody joins") {
  for (const Case& made : cases()) {
    if (made.settings.scheme == "exponential" || made.settings.scheme == "relay") continue;
    INFO(made.name);
    GossipCircle circle = circle_of(made);
    const double before = circle.spread();
    for (int round = 0; round < 10; ++round) circle.round();
    // 3 leaves the ring, 2 and 4 close it; then 8 comes between 0 and 7.
    circle.schemes[3].reset();
    circle.schemes[2]->leave(3);
    circle.schemes[4]->leave(3);
    circle.meet(2, 4, false, 1 / 3.0);
    circle.meet(4, 2, false, 1 / 3.0);
    for (int round = 0; round < 10; ++round) circle.round();
    circle.add(8);
    circle.x[8].assign(kCount, 2);
    circle.schemes[0]->leave(7);
    circle.schemes[7]->leave(0);
    for (const std::uint32_t end : {0u, 7u}) {
      circle.meet(end, 8, false, 1 / 3.0);
      circle.meet(8, end, false, 1 / 3.0);
    }
    for (int round = 0; round < 2 * made.rounds; ++round) circle.round();
    circle.x[3] = circle.x[4];
    CHECK(circle.spread() < 1e-5 * before);
  }
}

TEST_CASE("Bytes of a round") {
  const auto bytes_of = [](Case made, std::uint32_t nodes, int rounds) {
    GossipCircle circle = circle_of(made, nodes);
    for (int round = 0; round < rounds; ++round) circle.round();
    return circle.bytes / nodes;
  };
  CHECK(bytes_of(scheme("plain"), 8, 3) == 3 * 2 * 4 * kCount);
  CHECK(bytes_of(scheme("choco", "sign"), 8, 3) == 3 * 2 * ((kCount + 7) / 8 + 4 * 4));
  CHECK(bytes_of(scheme("exponential"), 8, 3) == 3 * 4 * kCount);
  // Even rounds Σ N, odd ones Σ M, and both times the ten numbers of one extent.
  CHECK(bytes_of(scheme("power"), 8, 2) == 2 * 4 * (35 + 21 + 2 * 10));
  Case relay = scheme("relay");
  relay.topology = "chain";
  CHECK(bytes_of(relay, 4, 2) == 2 * 6 * (4 * kCount + 4) / 4);
}

TEST_CASE("The weights of networks in the literature take so many bytes by PowerGossip") {
  const auto bytes_of = [](const codec::Layout& layout, std::uint32_t iterations) {
    gossip::Settings settings;
    settings.scheme = "power";
    settings.layout = layout;
    settings.iterations = iterations;
    GossipCircle circle(settings, gossip::make_topology("ring", 2), codec::total(layout));
    circle.round();
    circle.round();
    return circle.bytes / 4;  // two ends, two rounds
  };
  CHECK(bytes_of({{32, 9}, {32}, {64, 288}, {64}, {128, 9216}, {128}, {10, 128}, {10}}, 1) ==
        20'686);
  // ResNet-20: three groups of six 3 x 3 convolutions, batch norm behind each, two 1 x 1 shortcuts.
  codec::Layout residual = {{16, 27}, {16}, {16}};
  std::size_t from = 16;
  for (const std::size_t width : {16u, 32u, 64u}) {
    for (int layer = 0; layer < 6; ++layer) {
      residual.insert(residual.end(), {{width, 9 * from}, {width}, {width}});
      if (layer == 0 && from != width) {
        residual.insert(residual.end(), {{width, from}, {width}, {width}});
      }
      from = width;
    }
  }
  residual.insert(residual.end(), {{10, 64}, {10}});
  REQUIRE(codec::total(residual) == 272'474);
  CHECK(bytes_of(residual, 1) == 19'410);
  CHECK(bytes_of(residual, 2) == 32'508);
}

TEST_CASE("exponential: the exact mean after log2 n rounds") {
  GossipCircle circle = circle_of(scheme("exponential"), 16);
  const auto mean = circle.mean();
  for (int round = 0; round < 4; ++round) circle.round();
  CHECK(circle.spread() < 1e-10);
  CHECK(largest_difference(mean, circle.mean()) < 1e-6);
}

TEST_CASE("relay: after as many rounds as the tree is wide everybody counts everybody once") {
  // Who adds the same to its vector in every round gets 1/n of it everywhere, whatever the delays:
  // the mean over all grows by the mean of what is added.
  GossipCircle circle = circle_of({"", scheme("relay").settings, "tree", 0, 0}, 7);
  for (auto& vector : circle.x) std::fill(vector.begin(), vector.end(), 0.0f);
  float last = 0;
  for (int round = 0; round < 60; ++round) {
    for (std::size_t node = 0; node < 7; ++node) circle.x[node][0] += static_cast<float>(node);
    last = circle.x[0][0];
    circle.round();
  }
  // All of them differ by delays only, which do not grow.
  const double spread = circle.spread();
  const float before = last;
  for (std::size_t node = 0; node < 7; ++node) circle.x[node][0] += static_cast<float>(node);
  circle.round();
  CHECK(std::fabs(circle.spread() - spread) < 1e-3 * spread + 1e-6);
  CHECK(circle.x[0][0] > before);
}

TEST_CASE("power: low-rank differences are found") {
  gossip::Settings settings;
  settings.scheme = "power";
  settings.layout = {{30, 40}};
  settings.step = 1.308;
  GossipCircle circle(settings, gossip::make_topology("ring", 8), 1200, 0);
  Random random(3, 3);
  for (auto& vector : circle.x) {
    std::vector<float> p(30), q(40);
    for (float& value : p) value = static_cast<float>(random.normal());
    for (float& value : q) value = static_cast<float>(random.normal());
    for (std::size_t i = 0; i < 1200; ++i) vector[i] = p[i / 40] * q[i % 40];
  }
  const double before = circle.spread();
  for (int round = 0; round < 200; ++round) circle.round();
  CHECK(circle.spread() < 1e-4 * before);
}

TEST_CASE("swarm: a vector far away is told, and floats are sent") {
  GossipCircle circle = circle_of(scheme("swarm"));
  for (int round = 0; round < 20; ++round) circle.round();
  for (float& value : circle.x[0]) value += 100;
  for (int round = 0; round < 200; ++round) circle.round();
  CHECK(circle.spread() < 1e-3);
  CHECK(std::fabs(circle.mean()[0] - 12.5) < 1.5);
}

TEST_CASE("choco: the step that simulation finds, and where it diverges") {
  const auto ring = gossip::make_topology("ring", 8);
  const double sign = gossip::choco_step(ring, "sign", 500, 100);
  const double top = gossip::choco_step(ring, "top_k/100", 500, 100);
  CHECK(sign > 0.3);
  CHECK(top < 0.2);
  CHECK(top > 0.001);
  Case wild = scheme("choco", "top_k/100");
  GossipCircle circle = circle_of(wild);
  const double before = circle.spread();
  for (int round = 0; round < 300; ++round) circle.round();
  CHECK_FALSE(circle.spread() < before);
}

TEST_CASE("Quasi-global momentum follows the averaged model") {
  const std::vector<float> start = {1, 1};
  gossip::QuasiGlobalMomentum momentum(start, 0.5f);
  std::vector<float> x = start;
  momentum.step(x, std::vector<float>{2, 0}, 0.1f);
  CHECK(std::fabs(x[0] - 0.8f) < 1e-6f);
  momentum.mixed(std::vector<float>{0.6f, 1});  // m = 0.5 · (1 - 0.6) / 0.1 = 2
  x = {0.6f, 1};
  momentum.step(x, std::vector<float>{0, 0}, 0.1f);
  CHECK(std::fabs(x[0] - 0.5f) < 1e-6f);
  CHECK(x[1] == 1);
}

TEST_CASE("Numbers that are none, in messages of any kind, reach no vector") {
  for (const Case& made : cases()) {
    INFO(made.name);
    GossipCircle circle = circle_of(made);
    Random random(9, 9);
    for (int round = 0; round < 6; ++round) {
      for (std::uint32_t kind = 0; kind < 6; ++kind) {
        for (const std::size_t size : {kCount / 8 + 17, kCount, 4 * kCount, 4 * kCount + 4}) {
          // Exponents of ones: NaN and infinities wherever floats are read, twice, the good ones after.
          Bytes bytes(size, 0xff);
          for (std::size_t i = 0; i < 16; ++i) {
            bytes[i] = static_cast<std::uint8_t>(random.next_u32());
          }
          std::vector<gossip::Message> out;
          circle.schemes[1]->receive(
              {0, static_cast<std::uint8_t>(kind), static_cast<std::uint32_t>(round),
               std::make_shared<const Bytes>(bytes)},
              circle.x[1], out);
        }
      }
      circle.round();
    }
    for (int round = 0; round < 5; ++round) circle.round();
    for (const auto& vector : circle.x) {
      for (const float value : vector) REQUIRE(std::isfinite(value));
    }
  }
}

TEST_CASE("Schemes nobody knows") {
  CHECK_THROWS_AS(gossip::make(scheme("gossip").settings), Error);
  CHECK_THROWS_AS(gossip::make(scheme("plain", "f31").settings), Error);
}
