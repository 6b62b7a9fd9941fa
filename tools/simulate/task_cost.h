#pragma once

#include <cstdint>
#include <string>

namespace deai::simulate {

struct CostConfig {
  std::string svg;                     // a file to draw into
  std::uint64_t weights = 11'274;      // of the model: as many as tasks/mnist has
  std::uint64_t participants = 1'000;  // of the largest room
  std::uint64_t seed = 1;
};

// What a round costs a participant against the size of the room: in a star, in a mesh of all with
// all (up to 100) and in a sparse one of four links each that gossips. Synthetic trainers, the real
// protocol; one line of JSON a room.
int run_cost(const CostConfig& config);

}  // namespace deai::simulate
