#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/outcome.h"

namespace deai::simulate {

// One run: synthetic participants train together while their machines and links suffer every kind
// of misfortune; then all is well again, and the room has to find to one model, or where it gossips
// to models close to each other.
struct ChaosConfig {
  std::uint64_t seed = 1;
  std::size_t participants = 8;
  protocol::Mode mode = protocol::Mode::kDecentralized;
  bool gossips = false;  // a mesh whose scheme, graph and codec are drawn by the seed
  bool matched = false;  // and larger than a mesh should be: each linked with a few, drawn anew
  std::int64_t misfortune_ms = 20'000;  // how long
};

struct ChaosReport {
  std::vector<std::string> violations;
  std::uint64_t rounds = 0;  // of the final history
  std::uint64_t misfortunes = 0;
  std::uint64_t adoptions = 0;  // models taken over from other histories
  std::uint64_t frame_bytes = 0;
  std::size_t most_held_bytes = 0;
  std::int64_t virtual_ms = 0;
  double apart = 0;            // of a room that gossips: how far models are from their mean
  std::int64_t healed_ms = 0;  // from the last misfortune to one history
};

ChaosReport run_chaos(const ChaosConfig& config);

}  // namespace deai::simulate
