#include "protocol/training_node.h"

#include <utility>

namespace deai::protocol {

namespace {

std::vector<float> weights_of(const Trainee& trainee, std::size_t count) {
  std::vector<float> weights(count);
  trainee.read(weights);
  return weights;
}

}  // namespace

TrainingNode::TrainingNode(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee)
    : Node(terms, Role::kMember, entropy, weights_of(trainee, terms.weight_count)),
      trainee_(trainee) {}

std::vector<float> TrainingNode::trained() const {
  return weights_of(trainee_, terms_.weight_count);
}

bool TrainingNode::goal_reached() const {
  const std::uint64_t round = model_.head().round;
  if (goal_.until_round && round >= *goal_.until_round) return true;
  if (!goal_.rounds) return false;
  return *goal_.rounds == 0 || (first_round_ && round >= *first_round_ + *goal_.rounds);
}

void TrainingNode::tell_missing(std::uint32_t lacking) {
  if (lacking > 0 && lacking != waiting_for_) {
    notice(Notice::Kind::kWaiting, model_.head().round + 1, lacking);
  }
  waiting_for_ = lacking;
}

}  // namespace deai::protocol
