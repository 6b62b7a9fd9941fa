#pragma once

#include <memory>

#include "optim/optimizer.h"
#include "task/task.h"

namespace deai::session {

// The explicit table from what task.json names to what core/optim has.
std::unique_ptr<optim::Optimizer> make_optimizer(const task::OptimizerSpec& spec, Index weights);
real learning_rate(const task::OptimizerSpec& spec);

}  // namespace deai::session
