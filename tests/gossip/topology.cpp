#include "gossip/topology.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <string>

#include "base/error.h"

using namespace deai;
using gossip::make_topology;
using gossip::Topology;

namespace {
bool near(double a, double b, double within) { return std::fabs(a - b) <= within; }
}  // namespace

TEST_CASE("Gap and best step of rings") {
  struct Row {
    std::uint32_t nodes;
    double gap, step;
  };
  for (const Row row : {Row{4, .6667, 1.0}, Row{8, .1953, 1.308}, Row{16, .0507, 1.445},
                        Row{25, .0209, 1.483}, Row{32, .0128, 1.486}, Row{64, .0032, 1.496}}) {
    INFO(row.nodes);
    const auto found = gossip::spectrum(make_topology("ring", row.nodes));
    CHECK(near(1 - found.second, row.gap, 6e-5));
    CHECK(near(found.best_step(), row.step, 6e-4));
    // Exactly: 1/3 + 2/3 cos(2πk/n).
    CHECK(near(found.second, 1 / 3.0 + 2 / 3.0 * std::cos(2 * 3.14159265358979 / row.nodes), 1e-9));
  }
}

TEST_CASE("Spectra known from books") {
  const auto full = gossip::spectrum(make_topology("full", 9));
  CHECK(near(full.second, 0, 1e-12));
  CHECK(near(full.gap(), 1, 1e-12));
  // A star of n: all weights 1/n, so the leaves keep 1 - 1/n of what differs among them.
  const auto star = gossip::spectrum(make_topology("star", 6));
  CHECK(near(star.second, 1 - 1 / 6.0, 1e-9));
  CHECK(near(star.least, 0, 1e-9));
  // A torus of 4 x 4 with weights 1/5: 1/5 + (2 cos + 2 cos) / 5.
  const auto torus = gossip::spectrum(make_topology("torus", 16));
  CHECK(near(torus.second, 0.6, 1e-9));
  CHECK(near(torus.least, -0.6, 1e-9));
  const std::array<gossip::Edge, 2> apart = {{{0, 1}, {2, 3}}};
  CHECK(near(gossip::spectrum(Topology(4, apart)).second, 1, 1e-9));
  CHECK_FALSE(Topology(4, apart).connected());
}

TEST_CASE("Metropolis weights are symmetric and sum to one") {
  for (const char* name : {"full", "ring", "torus", "star", "tree", "chain", "exponential",
                           "random_regular/3", "random_regular/4"}) {
    INFO(name);
    const Topology topology = make_topology(name, 16, 3);
    CHECK(topology.connected());
    for (std::uint32_t a = 0; a < 16; ++a) {
      double sum = 0;
      for (std::uint32_t b = 0; b < 16; ++b) {
        sum += topology.weight(a, b);
        CHECK(topology.weight(a, b) == topology.weight(b, a));
        CHECK(topology.weight(a, b) >= 0);
      }
      CHECK(near(sum, 1, 1e-12));
    }
  }
}

TEST_CASE("Degrees and edges") {
  CHECK(make_topology("torus", 12).edge_count() == 24);
  CHECK(make_topology("tree", 16).edge_count() == 15);
  CHECK(make_topology("ring", 2).edge_count() == 1);
  CHECK(make_topology("ring", 1).edge_count() == 0);
  const Topology regular = make_topology("random_regular/4", 32, 9);
  for (std::uint32_t node = 0; node < 32; ++node) CHECK(regular.neighbours(node).size() == 4);
  const Topology exponential = make_topology("exponential", 8);
  for (std::uint32_t node = 0; node < 8; ++node) CHECK(exponential.neighbours(node).size() == 5);
}

TEST_CASE("What is no topology") {
  CHECK_THROWS_AS(make_topology("circle", 4), Error);
  CHECK_THROWS_AS(make_topology("random_regular/3", 5), Error);
  CHECK_THROWS_AS(make_topology("random_regular/9", 12), Error);
  CHECK_THROWS_AS(make_topology("random_regular/x", 12), Error);
  const std::array<gossip::Edge, 1> loop = {{{1, 1}}}, outside = {{{0, 3}}};
  const std::array<gossip::Edge, 2> twice = {{{0, 1}, {1, 0}}};
  CHECK_THROWS_AS(Topology(3, loop), Error);
  CHECK_THROWS_AS(Topology(3, outside), Error);
  CHECK_THROWS_AS(Topology(3, twice), Error);
}
