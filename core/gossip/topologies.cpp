#include "base/error.h"
#include "base/random.h"
#include "gossip/topology.h"

namespace deai::gossip {

namespace {

using Edges = std::vector<Edge>;

void add_once(Edges& edges, std::uint32_t a, std::uint32_t b) {
  if (a == b) return;
  for (const Edge& edge : edges) {
    if ((edge.a == a && edge.b == b) || (edge.a == b && edge.b == a)) return;
  }
  edges.push_back({a, b});
}

Edges torus(std::uint32_t n) {
  std::uint32_t rows = 1;
  for (std::uint32_t divisor = 1; divisor * divisor <= n; ++divisor) {
    if (n % divisor == 0) rows = divisor;
  }
  const std::uint32_t columns = n / rows;
  Edges edges;
  for (std::uint32_t node = 0; node < n; ++node) {
    const std::uint32_t row = node / columns, column = node % columns;
    add_once(edges, node, row * columns + (column + 1) % columns);
    add_once(edges, node, (row + 1) % rows * columns + column);
  }
  return edges;
}

Edges exponential(std::uint32_t n) {
  Edges edges;
  for (std::uint32_t node = 0; node < n; ++node) {
    for (std::uint32_t far = 1; far < n; far *= 2) add_once(edges, node, (node + far) % n);
  }
  return edges;
}

// A random matching of all edge ends, drawn again until it is simple and connected (Bollobás'
// configuration model); for the small degrees used here a few dozen draws, seldom thousands.
Edges random_regular(std::uint32_t n, std::uint32_t degree, std::uint64_t seed) {
  if (degree == 0 || degree >= n || n % 2 * degree % 2 != 0 || degree > 8) {
    fail(ErrorCode::kArgument,
         text("random_regular: expected a degree of 1 to 8, below the number of nodes, an even one "
              "where that is odd; found degree ",
              degree, " for ", n, " nodes"));
  }
  Random random(seed, 0x7265);
  std::vector<std::uint32_t> ends(static_cast<std::size_t>(n) * degree);
  for (int draw = 0; draw < 1'000'000; ++draw) {
    for (std::size_t i = 0; i < ends.size(); ++i) ends[i] = static_cast<std::uint32_t>(i) / degree;
    random.shuffle(ends);
    Edges edges;
    for (std::size_t i = 0; i < ends.size(); i += 2) {
      add_once(edges, ends[i], ends[i + 1]);
      if (edges.size() != i / 2 + 1) break;
    }
    if (edges.size() == ends.size() / 2 && Topology(n, edges).connected()) return edges;
  }
  fail(ErrorCode::kArgument, "random_regular: found no connected graph");
}

Edges edges_of(std::string_view name, std::uint32_t n, std::uint64_t seed) {
  Edges edges;
  constexpr std::string_view kRandom = "random_regular/";
  if (name.size() == kRandom.size() + 1 && name.starts_with(kRandom)) {
    return random_regular(n, static_cast<std::uint32_t>(name.back() - '0'), seed);
  }
  if (name == "torus") return torus(n);
  if (name == "exponential") return exponential(n);
  for (std::uint32_t node = 1; node < n; ++node) {
    if (name == "full") {
      for (std::uint32_t other = 0; other < node; ++other) edges.push_back({other, node});
    } else if (name == "ring" || name == "chain") {
      edges.push_back({node - 1, node});
    } else if (name == "star") {
      edges.push_back({0, node});
    } else if (name == "tree") {
      edges.push_back({(node - 1) / 2, node});
    } else {
      fail(ErrorCode::kArgument,
           text("topology \"", name,
                "\": expected full, ring, torus, star, tree, chain, exponential or "
                "random_regular/DEGREE"));
    }
  }
  if (name == "ring" && n > 2) edges.push_back({n - 1, 0});
  return edges;
}

}  // namespace

Topology make_topology(std::string_view name, std::uint32_t nodes, std::uint64_t seed) {
  return Topology(nodes, edges_of(name, nodes, seed));
}

}  // namespace deai::gossip
