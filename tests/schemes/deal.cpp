#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "simulate/gossip/samples.h"
#include "support/errors.h"

using namespace deai;
using simulate::gossip::deal;

namespace {

// 403 samples of four classes, the last one rare.
std::vector<std::uint32_t> labels() {
  std::vector<std::uint32_t> all;
  for (std::uint32_t at = 0; at < 403; ++at) all.push_back(at % 40 == 0 ? 3 : at % 3);
  return all;
}

std::set<std::uint32_t> classes_of(const std::vector<std::uint32_t>& hand) {
  std::set<std::uint32_t> found;
  for (const std::uint32_t row : hand) found.insert(labels()[row]);
  return found;
}

// The share of a hand that its most frequent class has, the mean of all hands.
double purity(const std::string& partition) {
  double sum = 0;
  const auto hands = deal(partition, labels(), 8, 7);
  for (const auto& hand : hands) {
    std::vector<double> counts(4);
    for (const std::uint32_t row : hand) ++counts[labels()[row]];
    sum += std::ranges::max(counts) / static_cast<double>(hand.size());
  }
  return sum / static_cast<double>(hands.size());
}

}  // namespace

TEST_CASE("nobody gets a sample of another's, and all get as many") {
  for (const std::string partition : {"iid", "sorted", "dirichlet:0.1", "dirichlet:100"}) {
    CAPTURE(partition);
    const auto hands = deal(partition, labels(), 8, 7);
    REQUIRE(hands.size() == 8);
    std::set<std::uint32_t> seen;
    std::size_t dealt = 0;
    for (const auto& hand : hands) {
      CHECK(hand.size() >= 50);
      CHECK(hand.size() <= 51);
      seen.insert(hand.begin(), hand.end());
      dealt += hand.size();
    }
    CHECK(seen.size() == dealt);
    CHECK(*seen.rbegin() < 403);
    if (!partition.starts_with("dirichlet")) CHECK(dealt == 403);
  }
}

TEST_CASE("sorted hands follow the labels, and small alphas are uneven") {
  const auto hands = deal("sorted", labels(), 8, 7);
  std::uint32_t last = 0;
  for (const auto& hand : hands) {
    CHECK(*classes_of(hand).begin() >= last);
    last = *classes_of(hand).rbegin();
  }
  CHECK(classes_of(deal("iid", labels(), 8, 7).front()).size() >= 3);
  CHECK(purity("dirichlet:0.1") > purity("dirichlet:1") + 0.1);
  CHECK(purity("dirichlet:1") > purity("dirichlet:1000") + 0.05);
}

TEST_CASE("the seed decides who gets what") {
  for (const std::string partition : {"iid", "sorted", "dirichlet:0.5"}) {
    CHECK(deal(partition, labels(), 5, 1) == deal(partition, labels(), 5, 1));
    CHECK(deal(partition, labels(), 5, 1) != deal(partition, labels(), 5, 2));
  }
}

TEST_CASE("what cannot be dealt is refused") {
  for (const std::string partition : {"even", "", "dirichlet:", "dirichlet:0", "dirichlet:-1"}) {
    CHECK(support::error_of([&] {
            deal(partition, labels(), 4, 1);
          }).ends_with("expected iid, sorted or dirichlet:ALPHA, ALPHA above 0"));
  }
  CHECK(support::error_of([] { deal("iid", {0, 1, 0}, 4, 1); }) ==
        "argument: simulate: 3 samples for 4 participants");
}
