#include "protocol/make_gossiper.h"

#include <utility>

#include "protocol/gossiper.h"

namespace deai::protocol {

std::unique_ptr<TrainingNode> make_gossiper(Terms terms, std::span<const std::uint8_t, 32> entropy,
                                            Trainee& trainee) {
  return std::make_unique<Gossiper>(std::move(terms), entropy, trainee);
}

}  // namespace deai::protocol
