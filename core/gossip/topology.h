#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace deai::gossip {

struct Edge {
  std::uint32_t a;
  std::uint32_t b;
};

// Who talks with whom: an undirected graph without loops and double edges.
class Topology {
 public:
  // Throws Error{kArgument} for an edge that leaves [0, nodes), a loop, or a double one.
  Topology(std::uint32_t nodes, std::span<const Edge> edges);

  std::uint32_t size() const { return static_cast<std::uint32_t>(neighbours_.size()); }
  std::size_t edge_count() const;
  // Rising.
  std::span<const std::uint32_t> neighbours(std::uint32_t node) const { return neighbours_[node]; }
  bool connected() const;
  // Metropolis: w_ij = 1 / (1 + max(deg_i, deg_j)) for an edge; the rest is w_ii. W is symmetric and
  // its rows sum to 1, whatever the graph.
  double weight(std::uint32_t a, std::uint32_t b) const;

 private:
  std::vector<std::vector<std::uint32_t>> neighbours_;
};

// "full", "ring", "torus" (as square as the number of nodes has divisors), "star" (around node 0),
// "tree" (binary), "chain", "exponential" (distances 1, 2, 4, …), "random_regular/4" (connected;
// by seed). Throws Error{kArgument} for another name, or a number of nodes that it cannot have.
Topology make_topology(std::string_view name, std::uint32_t nodes, std::uint64_t seed = 0);

// Of the mixing matrix W.
struct Spectrum {
  double second;  // its second largest eigenvalue (1 where the graph falls apart)
  double least;

  double gap() const;  // 1 - max(|second|, |least|): how much a round of plain gossip contracts
  // Of x_i += step · Σ w_ij (x_j - x_i), the one that contracts most.
  double best_step() const { return 2 / ((1 - second) + (1 - least)); }
};

Spectrum spectrum(const Topology& topology);

}  // namespace deai::gossip
