#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "samples.h"

namespace deai::simulate::gossip {

namespace {

double uniform(Random& random) { return static_cast<double>(random.uniform()); }

// Gamma(shape, 1) by Marsaglia and Tsang (2000); below 1 by Gamma(shape + 1) · u^(1 / shape).
double gamma(Random& random, double shape) {
  if (shape < 1) return gamma(random, shape + 1) * std::pow(uniform(random) + 1e-9, 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double z = static_cast<double>(random.normal());
    const double v = std::pow(1 + c * z, 3);
    if (v > 0 && std::log(uniform(random) + 1e-12) < 0.5 * z * z + d - d * v + d * std::log(v)) {
      return d * v;
    }
  }
}

using Hands = std::vector<std::vector<std::uint32_t>>;

Hands by_dirichlet(double alpha, const std::vector<std::uint32_t>& labels,
                   const std::vector<std::uint32_t>& order, std::uint32_t participants,
                   Random& random) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> classes;
  for (const std::uint32_t row : order) classes[labels[row]].push_back(row);
  Hands hands(participants);
  const std::size_t each = order.size() / participants;
  for (auto& hand : hands) {
    std::vector<double> shares;
    for (std::size_t at = 0; at < classes.size(); ++at) shares.push_back(gamma(random, alpha));
    while (hand.size() < each) {
      double total = 0;
      std::size_t at = 0;
      for (const auto& [label, rows] : classes) total += rows.empty() ? 0 : shares[at], ++at;
      double left = uniform(random) * total;
      at = 0;
      std::vector<std::uint32_t>* chosen = nullptr;
      for (auto& [label, rows] : classes) {
        if (!rows.empty() && (chosen == nullptr || left >= 0)) chosen = &rows;
        if (!rows.empty()) left -= shares[at];
        ++at;
        if (left < 0 && chosen != nullptr) break;
      }
      hand.push_back(chosen->back());
      chosen->pop_back();
    }
  }
  return hands;
}

}  // namespace

Hands deal(std::string_view partition, const std::vector<std::uint32_t>& labels,
           std::uint32_t participants, std::uint64_t seed) {
  if (labels.size() < participants) {
    fail(ErrorCode::kArgument,
         text("simulate: ", labels.size(), " samples for ", participants, " participants"));
  }
  Random random(seed, 0xdea1);
  std::vector<std::uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0u);
  random.shuffle(order);
  constexpr std::string_view kDirichlet = "dirichlet:";
  if (partition.starts_with(kDirichlet)) {
    const double alpha = std::atof(std::string(partition.substr(kDirichlet.size())).c_str());
    if (alpha > 0) return by_dirichlet(alpha, labels, order, participants, random);
  }
  if (partition == "sorted") {
    std::vector<std::uint64_t> keyed;  // the label, then the place in the random order
    for (std::uint32_t at = 0; at < order.size(); ++at) {
      keyed.push_back(std::uint64_t{labels[order[at]]} << 32 | at);
    }
    std::sort(keyed.begin(), keyed.end());
    const std::vector<std::uint32_t> shuffled = order;
    for (std::size_t at = 0; at < order.size(); ++at) {
      order[at] = shuffled[static_cast<std::uint32_t>(keyed[at])];
    }
  } else if (partition != "iid") {
    fail(ErrorCode::kArgument, text("simulate: --partition ", partition,
                                    ": expected iid, sorted or dirichlet:ALPHA, ALPHA above 0"));
  }
  Hands hands(participants);
  for (std::size_t at = 0; at < order.size(); ++at) {
    hands[at * participants / order.size()].push_back(order[at]);
  }
  return hands;
}

}  // namespace deai::simulate::gossip
