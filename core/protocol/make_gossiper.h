#pragma once

#include <memory>

#include "protocol/training_node.h"

namespace deai::protocol {

// A Gossiper. Apart from its header, so that a program which links another function of this name
// carries nothing of gossip (wasm/lean).
std::unique_ptr<TrainingNode> make_gossiper(Terms terms, std::span<const std::uint8_t, 32> entropy,
                                            Trainee& trainee);

}  // namespace deai::protocol
