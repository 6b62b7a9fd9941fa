#include "run.h"

#include <chrono>
#include <cstdio>

#include "tasks.h"

namespace deai::simulate::gossip {

int run(int count, char** words) {
  const Options options = read_options(count, words);
  Workers workers(options.threads);
  const auto start = std::chrono::steady_clock::now();
  const Report report = options.task == "consensus" ? run_consensus(options, workers)
                                                    : run_training(options, workers);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  tell(options, report);
  const double steps = static_cast<double>(report.measured.back().round) * options.participants *
                       options.local_steps;
  std::fprintf(stderr, "%.1f s, %.0f participant-steps a second on %u threads\n", seconds,
               steps / seconds, workers.size());
  return 0;
}

}  // namespace deai::simulate::gossip
