#include "codec/lattice.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

using namespace deai;
using codec::LatticeVerdict;

namespace {

struct Pair {
  std::vector<float> x, y;
};

// Vectors whose differences are that many times the largest that can be read.
Pair pair_of(Random& random, std::size_t count, float step, unsigned bits, float share) {
  const float bound = step * static_cast<float>((1 << (bits - 1)) - 1);
  Pair pair;
  for (std::size_t i = 0; i < count; ++i) {
    pair.x.push_back(static_cast<float>(random.normal()) * 3);
    pair.y.push_back(pair.x.back() + share * bound * (random.below(2) == 0 ? 1.0f : -1.0f));
  }
  return pair;
}

Bytes encoded(const std::vector<float>& x, float step, unsigned bits, Random& random) {
  ByteWriter out;
  codec::lattice_encode(x, step, bits, random, out);
  REQUIRE(out.size() == codec::lattice_bytes(x.size(), bits));
  return out.take();
}

}  // namespace

TEST_CASE("lattice: what lies near enough is read, within a step and right in the mean") {
  Random random(1, 1);
  for (const unsigned bits : {2u, 4u, 8u, 11u}) {
    double error = 0, squares = 0;
    for (int time = 0; time < 200; ++time) {
      const Pair pair = pair_of(random, 101, 0.01f, bits, 0.99f);
      std::vector<float> out = pair.y;
      REQUIRE(codec::lattice_decode(encoded(pair.x, 0.01f, bits, random), bits, out, out) ==
              LatticeVerdict::kRead);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const double off = static_cast<double>(out[i]) - static_cast<double>(pair.x[i]);
        REQUIRE(std::fabs(off) < 0.01 + 1e-6);
        error += off;
        squares += off * off;
      }
    }
    CHECK(std::fabs(error / 20'200) < 5 * 0.0041 / std::sqrt(20'200.0));
    CHECK(std::fabs(std::sqrt(squares / 20'200) - 0.0041) < 0.0002);  // √(1/6) of a step
  }
}

TEST_CASE("lattice: what lies too far apart is told, not mistaken") {
  Random random(2, 1);
  for (int time = 0; time < 200; ++time) {
    const Pair pair = pair_of(random, 33, 0.01f, 8, 1.2f);
    std::vector<float> out = pair.y;
    CHECK(codec::lattice_decode(encoded(pair.x, 0.01f, 8, random), 8, out, out) ==
          LatticeVerdict::kTooFar);
  }
}

TEST_CASE("lattice: sizes") {
  CHECK(codec::lattice_bytes(1'199'882, 8) == 8 + 1'199'882);
  CHECK(codec::lattice_bytes(272'474, 2) == 8 + 68'119);
  CHECK(codec::lattice_step(1.27f, 8) == 0.01f);
}

TEST_CASE("lattice: hostile bytes and vectors that are not finite") {
  Random random(3, 1);
  const std::vector<float> x = {1, 2, std::numeric_limits<float>::quiet_NaN()};
  std::vector<float> out(3);
  CHECK(codec::lattice_decode(encoded(x, 0.01f, 8, random), 8, out, out) ==
        LatticeVerdict::kRefused);
  const std::vector<float> huge = {1e30f, 2, 3};
  CHECK(codec::lattice_decode(encoded(huge, 0.01f, 8, random), 8, out, out) ==
        LatticeVerdict::kRefused);
  CHECK(codec::lattice_decode({}, 8, out, out) == LatticeVerdict::kRefused);
  const Bytes good = encoded({1, 2, 3}, 0.5f, 8, random);
  std::vector<float> bad = {0, std::numeric_limits<float>::infinity(), 0};
  CHECK(codec::lattice_decode(good, 8, bad, out) == LatticeVerdict::kTooFar);
  for (int time = 0; time < 2000; ++time) {
    Bytes bytes(11);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_u32());
    codec::lattice_decode(bytes, 8, std::vector<float>{1, 2, 3}, out);
  }
}
