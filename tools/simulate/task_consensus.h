#pragma once

#include <cstdint>

namespace deai::simulate {

struct ConsensusConfig {
  std::size_t participants = 8;
  std::uint64_t rounds = 20;
  std::uint64_t seed = 1;
  bool star = false;
  std::size_t weights = 1'000;
  std::uint32_t local_steps = 4;
};

// No model: everybody pulls the weights towards a target of their own. Prints how far the room is
// from the mean of the targets, the bytes it took and the virtual time; 0: one model at the end.
int run_consensus(const ConsensusConfig& config);

}  // namespace deai::simulate
