#include "gossip/topology.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace deai::gossip {

Topology::Topology(std::uint32_t nodes, std::span<const Edge> edges) : neighbours_(nodes) {
  for (const auto [a, b] : edges) {
    const bool known = a < nodes && b < nodes && a != b;
    if (!known ||
        std::find(neighbours_[a].begin(), neighbours_[a].end(), b) != neighbours_[a].end()) {
      fail(ErrorCode::kArgument, text("topology: expected every edge once, between two of ", nodes,
                                      " nodes (from 0), found ", a, " - ", b));
    }
    const auto insert = [this](std::uint32_t at, std::uint32_t other) {
      auto& list = neighbours_[at];
      list.insert(std::lower_bound(list.begin(), list.end(), other), other);
    };
    insert(a, b);
    insert(b, a);
  }
}

std::size_t Topology::edge_count() const {
  std::size_t ends = 0;
  for (const auto& list : neighbours_) ends += list.size();
  return ends / 2;
}

bool Topology::connected() const {
  if (neighbours_.empty()) return true;
  std::vector<bool> seen(neighbours_.size());
  std::vector<std::uint32_t> reached = {0};
  seen[0] = true;
  for (std::size_t at = 0; at < reached.size(); ++at) {
    for (const std::uint32_t next : neighbours_[reached[at]]) {
      if (!seen[next]) reached.push_back(next);
      seen[next] = true;
    }
  }
  return reached.size() == neighbours_.size();
}

double Topology::weight(std::uint32_t a, std::uint32_t b) const {
  const auto& of_a = neighbours_[a];
  if (a == b) {
    double rest = 1;
    for (const std::uint32_t other : of_a) rest -= weight(a, other);
    return rest;
  }
  if (!std::binary_search(of_a.begin(), of_a.end(), b)) return 0;
  return 1.0 / static_cast<double>(1 + std::max(of_a.size(), neighbours_[b].size()));
}

namespace {

// The eigenvalue of largest size of (I ± W) / 2 - [the mean], where its sign makes all of them
// positive: a power iteration, of which the Rayleigh quotient converges twice as fast.
double largest_beside_mean(const Topology& topology, double sign) {
  const std::uint32_t n = topology.size();
  std::vector<double> v(n), next(n);
  // Any start that is no eigenvector; the same everywhere.
  for (std::uint32_t i = 0; i < n; ++i) v[i] = static_cast<double>((i * 2654435761u) >> 8 & 0xffff);
  double quotient = 0;
  for (int turn = 0; turn < 200'000; ++turn) {
    double mean = 0, squares = 0;
    for (const double value : v) mean += value / n;
    for (double& value : v) {
      value -= mean;
      squares += value * value;
    }
    if (!(squares > 0)) return 0;
    double along = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      double mixed = topology.weight(i, i) * v[i];
      for (const std::uint32_t j : topology.neighbours(i)) mixed += topology.weight(i, j) * v[j];
      next[i] = (v[i] + sign * mixed) / 2;
      along += v[i] * next[i];
    }
    const double before = quotient;
    quotient = along / squares;
    if (turn > 100 && quotient - before < 1e-14 && before - quotient < 1e-14) break;
    const double scale = 1 / std::sqrt(squares);
    for (std::uint32_t i = 0; i < n; ++i) v[i] = next[i] * scale;
  }
  return quotient;
}

}  // namespace

double Spectrum::gap() const { return 1 - std::max(second < 0 ? -second : second, -least); }

Spectrum spectrum(const Topology& topology) {
  return {2 * largest_beside_mean(topology, 1) - 1, 1 - 2 * largest_beside_mean(topology, -1)};
}

}  // namespace deai::gossip
