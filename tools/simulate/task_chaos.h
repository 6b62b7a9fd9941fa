#pragma once

#include <cstdint>
#include <string>

namespace deai::simulate {

struct ChaosRuns {
  std::uint64_t first_seed = 1;
  std::uint64_t runs = 100;
  std::size_t participants = 0;  // 0: 2 to 12, by the seed
  // "mesh", "star", "gossip", "matched"; empty: the first two in turn, a quarter of the meshes gossip
  std::string mode;
  bool until_violated = false;
  bool real_signatures = false;
  std::uint32_t threads = 0;  // 0: all cores
};

// Runs of one seed after the other on all cores; what is printed is in the order of the seeds and
// the same for the same command. The program's exit status.
int run_chaos_runs(const ChaosRuns& wanted);

}  // namespace deai::simulate
