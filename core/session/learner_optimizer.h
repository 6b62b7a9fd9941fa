#pragma once

#include "model/model.h"
#include "optim/descent.h"
#include "task/task.h"

namespace deai::session {

// The explicit table from what task.json names to what core/optim has.
optim::Descent make_descent(const task::Training& training, const nn::ParameterLayout& layout);

}  // namespace deai::session
