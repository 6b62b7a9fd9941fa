#include "protocol/gossip_graph.h"

#include <algorithm>

#include "base/error.h"
#include "gossip/choco_step.h"
#include "gossip/scheme.h"
#include "gossip/topology.h"
#include "secure/hash.h"

namespace deai::protocol {

namespace {

constexpr std::size_t kMostSimulated = 8;
// Of CHOCO's simulated vectors, at most, and rounds.
constexpr std::size_t kNumbers = 512;
constexpr std::uint32_t kIterations = 100;
// So few do not show that signs of a tensor of thousands drive two members slowly apart with a step
// of 1: 6,016 numbers 1.4 apart are 0.03 apart after 300 rounds, and 3 after 3,000. With 0.7 they stay
// at 0.06.
constexpr double kMostUnseenStep = 0.7;
constexpr std::string_view kRandom = "random_regular/";

gossip::Topology draw(std::string_view name, std::uint32_t members, std::uint64_t seed) {
  if (!name.starts_with(kRandom)) return gossip::make_topology(name, members, seed);
  std::uint32_t degree =
      name.size() == kRandom.size() + 1 ? static_cast<std::uint32_t>(name.back() - '0') : 0;
  if (degree < 1 || degree > 7) return gossip::make_topology(name, members, seed);
  if (members * degree % 2 != 0) ++degree;
  if (degree + 1 >= members) return gossip::make_topology("full", members);
  return gossip::make_topology(text(kRandom, degree), members, seed);
}

std::uint64_t number_of(const ByteWriter& bytes) {
  return ByteReader(secure::hash(bytes.view())).u64();
}

}  // namespace

std::vector<std::uint32_t> graph_neighbours(const GossipTerms& terms,
                                            std::span<const PeerId> members, std::uint32_t self) {
  if (members.size() < 2) return {};
  ByteWriter ids;
  for (const PeerId& id : members) ids.bytes(id);
  const auto topology =
      draw(terms.topology, static_cast<std::uint32_t>(members.size()), number_of(ids));
  const auto neighbours = topology.neighbours(self);
  return {neighbours.begin(), neighbours.end()};
}

double consensus_step(const Terms& terms, std::size_t members) {
  const std::string& scheme = terms.gossip.scheme;
  if (members < 2 || (scheme != "choco" && scheme != "plain" && scheme != "power")) return 1;
  const auto simulated = static_cast<std::uint32_t>(std::min(members, kMostSimulated));
  const auto topology = draw(terms.gossip.topology, simulated, 1);
  if (scheme != "choco") return gossip::spectrum(topology).best_step();
  // Members come and go, and a program that simulates a room has many nodes: the last one is kept.
  struct Found {
    std::string of;
    double step = 0;
  };
  thread_local Found last;
  const std::size_t numbers = std::min(kNumbers, terms.weight_count);
  std::string of = text(terms.gossip.topology, ' ', terms.codec, ' ', simulated, ' ', numbers);
  if (of != last.of) {
    last = {std::move(of), gossip::choco_step(topology, terms.codec, numbers, kIterations)};
  }
  return terms.weight_count > kNumbers ? std::min(last.step, kMostUnseenStep) : last.step;
}

void check_gossip(const Terms& terms) {
  const GossipTerms& gossip = terms.gossip;
  const std::string& graph = gossip.topology;
  const bool tree = graph == "tree" || graph == "star" || graph == "chain";
  if (gossip.scheme == "relay" && !tree) {
    fail(ErrorCode::kTask,
         text("exchange.topology is \"", graph, "\", but relay needs one of: tree, star, chain"));
  }
  if (gossip.scheme == "exponential" && graph != "exponential" && graph != "full") {
    fail(ErrorCode::kTask, text("exchange.topology is \"", graph,
                                "\", but exponential needs one of: exponential, full"));
  }
  try {
    draw(gossip.topology, 3, 1);
  } catch (const Error& error) {
    fail(ErrorCode::kTask, text("exchange.topology: ", error.text()));
  }
  gossip::Settings settings;
  settings.scheme = gossip.scheme;
  settings.codec = terms.codec;
  gossip::make(settings);
}

std::uint64_t edge_seed(const Hash& room, const PeerId& one, const PeerId& other) {
  ByteWriter bytes;
  bytes.bytes(room);
  bytes.bytes(std::min(one, other));
  bytes.bytes(std::max(one, other));
  return number_of(bytes);
}

}  // namespace deai::protocol
