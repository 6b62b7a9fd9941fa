#pragma once

#include <cstdint>
#include <string>

#include "protocol/terms.h"
#include "session/learner.h"
#include "task/task.h"

namespace deai::session {

// Of the canonical text: equal for all who may train together.
protocol::Hash task_hash(const task::Task& task);

// What the protocol has to know of a task: hashes, sizes and limits, nothing of layers. A room that
// gossips does so in a mesh only; through a hub, and alone, its model is the mean in full floats.
protocol::Terms make_terms(const task::Task& task, const Learner& learner, const std::string& room,
                           std::uint32_t min_participants, protocol::Mode mode);

}  // namespace deai::session
