#pragma once

#include <cstddef>
#include <cstdint>

namespace deai::simulate {

struct TitanicConfig {
  std::size_t participants = 8;
  std::uint64_t rounds = 20;
  std::uint64_t seed = 1;
  bool star = false;
};

// The titanic task in real sessions, its rows dealt out in turn. Prints accuracy on the held-out
// rows, bytes and virtual time; 0: one model at the end.
int run_titanic(const TitanicConfig& config);

}  // namespace deai::simulate
