#pragma once

#include <string_view>

#include "gossip/topology.h"

namespace deai::gossip {

// The consensus step of CHOCO for a topology and a codec: of 20 steps from 0.001 to 1, evenly in
// their logarithm, the one after which `iterations` of gossip on normal random vectors of so many
// numbers leave the least ‖X - mean‖² + ‖X - X̂‖² (the authors' own procedure). Deterministic, so
// that all members of a room find the same one. Throws as codec::make_any().
double choco_step(const Topology& topology, std::string_view codec, std::size_t numbers = 2000,
                  std::uint32_t iterations = 200, std::uint64_t seed = 1);

}  // namespace deai::gossip
