#include "aggregate/exact_mean.h"

#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"

using namespace deai;
using aggregate::ExactMean;

namespace {

std::vector<float> random_vector(Random& random, std::size_t count, float scale) {
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(random.normal()) * scale;
  return out;
}

float mean_of_one(float base, float delta) {
  ExactMean mean(1);
  REQUIRE(mean.add(std::vector<float>{delta}, 1));
  std::vector<float> out(1);
  mean.apply(std::vector<float>{base}, out);
  return out[0];
}

}  // namespace

TEST_CASE("The mean is weighted by samples") {
  ExactMean mean(2);
  REQUIRE(mean.add(std::vector<float>{1.0f, -4.0f}, 3));
  REQUIRE(mean.add(std::vector<float>{5.0f, 0.0f}, 1));
  CHECK(mean.weight() == 4);
  CHECK(mean.members() == 2);
  std::vector<float> out(2);
  mean.apply(std::vector<float>{10.0f, 20.0f}, out);
  CHECK(out == std::vector<float>{12.0f, 17.0f});
}

TEST_CASE("Any order of members gives the same bits") {
  Random random(1, 1);
  constexpr std::size_t kCount = 257;
  std::vector<std::vector<float>> deltas;
  std::vector<std::uint32_t> weights;
  std::vector<std::uint32_t> order;
  for (std::uint32_t member = 0; member < 9; ++member) {
    deltas.push_back(random_vector(random, kCount, member % 3 == 0 ? 10.0f : 1e-3f));
    weights.push_back(1 + random.below(aggregate::kMaxWeight));
    order.push_back(member);
  }
  const std::vector<float> base = random_vector(random, kCount, 1.0f);
  std::vector<float> first(kCount), other(kCount);
  for (int turn = 0; turn < 20; ++turn) {
    ExactMean mean(kCount);
    for (const std::uint32_t member : order) REQUIRE(mean.add(deltas[member], weights[member]));
    mean.apply(base, turn == 0 ? first : other);
    if (turn > 0) CHECK(std::equal(first.begin(), first.end(), other.begin()));
    random.shuffle(order);
  }
}

TEST_CASE("The mean agrees with a naive one in double") {
  Random random(2, 1);
  constexpr std::size_t kCount = 101;
  ExactMean mean(kCount);
  std::vector<double> sum(kCount);
  double total = 0;
  for (int member = 0; member < 5; ++member) {
    const auto delta = random_vector(random, kCount, 0.1f);
    const std::uint32_t weight = 1 + random.below(1000);
    REQUIRE(mean.add(delta, weight));
    for (std::size_t i = 0; i < kCount; ++i) sum[i] += static_cast<double>(delta[i]) * weight;
    total += weight;
  }
  std::vector<float> out(kCount);
  mean.apply(std::vector<float>(kCount), out);
  for (std::size_t i = 0; i < kCount; ++i) {
    CHECK(std::abs(static_cast<double>(out[i]) - sum[i] / total) < 1e-7);
  }
}

TEST_CASE("Rounding is to the nearest, ties to even, below zero too") {
  constexpr float kUnit = 1.0f / 16777216.0f;
  CHECK(mean_of_one(0, 0.5f * kUnit) == 0.0f);
  CHECK(mean_of_one(0, 1.5f * kUnit) == 2 * kUnit);
  CHECK(mean_of_one(0, 2.5f * kUnit) == 2 * kUnit);
  CHECK(mean_of_one(0, 0.75f * kUnit) == kUnit);
  CHECK(mean_of_one(0, -0.5f * kUnit) == 0.0f);
  CHECK(mean_of_one(0, -1.5f * kUnit) == -2 * kUnit);
  CHECK(mean_of_one(0, -0.75f * kUnit) == -kUnit);
  CHECK(mean_of_one(0, std::numeric_limits<float>::denorm_min()) == 0.0f);
}

TEST_CASE("The largest sum does not overflow") {
  ExactMean mean(2);
  const std::vector<float> extreme = {aggregate::kMaxAbsDelta, -aggregate::kMaxAbsDelta};
  for (std::uint32_t member = 0; member < aggregate::kMaxMembers; ++member) {
    REQUIRE(mean.add(extreme, aggregate::kMaxWeight));
  }
  CHECK_FALSE(mean.add(extreme, 1));  // one member too many
  std::vector<float> out(2);
  mean.apply(std::vector<float>{0, 0}, out);
  CHECK(out == extreme);
}

TEST_CASE("A refused update adds nothing") {
  ExactMean mean(3);
  const float above = std::nextafter(aggregate::kMaxAbsDelta, 1000.0f);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity(), above, -above}) {
    CHECK_FALSE(mean.add(std::vector<float>{1, 1, bad}, 1));
  }
  CHECK_FALSE(mean.add(std::vector<float>{1, 1}, 1));
  CHECK_FALSE(mean.add(std::vector<float>{1, 1, 1}, 0));
  CHECK_FALSE(mean.add(std::vector<float>{1, 1, 1}, aggregate::kMaxWeight + 1));
  CHECK(mean.members() == 0);
  CHECK(mean.weight() == 0);
  const std::vector<float> base = {7, -0.0f, 9};
  std::vector<float> out(3);
  mean.apply(base, out);
  CHECK(out == base);
}

TEST_CASE("clear starts anew, and apply asks for fitting spans") {
  ExactMean mean(1);
  REQUIRE(mean.add(std::vector<float>{3}, 2));
  mean.clear();
  REQUIRE(mean.add(std::vector<float>{1}, 2));
  std::vector<float> out(1);
  mean.apply(std::vector<float>{0}, out);
  CHECK(out[0] == 1.0f);
  std::vector<float> two(2);
  CHECK_THROWS_AS(mean.apply(std::vector<float>{0}, two), Error);
}
