#pragma once

#include <span>
#include <vector>

#include "report.h"
#include "workers.h"

namespace deai::simulate::gossip {

// No model: matrices that are averaged until --rounds, or their distance has become 1e-6 of the first.
Report run_consensus(const Options& options, Workers& workers);
// A task of the tasks folder, trained.
Report run_training(const Options& options, Workers& workers);

// Mean over the vectors of ‖x - mean‖²; mean is filled.
double distance(const std::vector<std::span<float>>& x, std::vector<float>& mean);

}  // namespace deai::simulate::gossip
