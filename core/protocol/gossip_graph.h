#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/terms.h"

namespace deai::protocol {

// One member's neighbours in the graph that a set of members makes, as places in the list of them,
// rising. The same graph for everybody who sees the same members (sorted; `self` is one's place
// among them). Where the topology cannot have so many members, one that it can: random_regular/K is
// the full graph up to K + 1 members, and of degree K + 1 where K and the members are odd.
std::vector<std::uint32_t> graph_neighbours(const GossipTerms& terms,
                                            std::span<const PeerId> members, std::uint32_t self);

// Of consensus in such a graph: CHOCO's by simulation, of plain and power gossip the one that
// contracts most; found for at most 8 members, as it hardly changes beyond.
double consensus_step(const Terms& terms, std::size_t members);

// Throws Error{kTask} for a scheme, topology or setting that no room can have.
void check_gossip(const Terms& terms);

// Of the edge between two members: equal at both ends.
std::uint64_t edge_seed(const Hash& room, const PeerId& one, const PeerId& other);

}  // namespace deai::protocol
