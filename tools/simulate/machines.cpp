#include "machines.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "protocol/make_gossiper.h"
#include "secure/hash.h"

namespace deai::simulate {

std::array<std::uint8_t, 32> entropy(std::uint64_t number) {
  ByteWriter out;
  out.u64(number);
  return secure::hash(out.view());
}

SyntheticTrainee::SyntheticTrainee(std::size_t number, std::size_t ledger, std::size_t count)
    : number_(number), ledger_(ledger), weights_(count), target_(count) {
  Random random(number, 0x746172);
  for (std::size_t i = ledger; i < count; ++i) target_[i] = static_cast<float>(random.normal());
}

void SyntheticTrainee::read(std::span<float> weights) const {
  std::copy(weights_.begin(), weights_.end(), weights.begin());
}

void SyntheticTrainee::write(std::span<const float> weights) {
  std::copy(weights.begin(), weights.end(), weights_.begin());
}

void SyntheticTrainee::step() {
  if (rests_) return;
  if (number_ < ledger_) weights_[number_] += kCounted;
  for (std::size_t i = ledger_; i < weights_.size(); ++i) {
    weights_[i] += 0.25f * (target_[i] - weights_[i]);
  }
}

namespace {

std::unique_ptr<protocol::TrainingNode> make_node(const protocol::Terms& terms,
                                                  const std::array<std::uint8_t, 32>& entropy,
                                                  protocol::Trainee& trainee) {
  if (!terms.gossip.scheme.empty()) return protocol::make_gossiper(terms, entropy, trainee);
  return std::make_unique<protocol::Member>(terms, entropy, trainee);
}

}  // namespace

MemberMachine::MemberMachine(const protocol::Terms& terms, std::size_t number, std::size_t ledger,
                             std::uint32_t samples, std::uint64_t life)
    : trainee(number, ledger, terms.weight_count),
      node_(make_node(terms, entropy(number + (life << 32)), trainee)),
      samples_(samples),
      member(*node_) {}

protocol::Outcome MemberMachine::train_step(Milliseconds now) {
  trainee.step();
  return member.step_done(samples_, now);
}

HubMachine::HubMachine(const protocol::Terms& terms, std::uint64_t number)
    : MachineOf<protocol::Hub>(terms, entropy(number), std::vector<float>(terms.weight_count)) {}

protocol::Terms synthetic_terms(std::size_t weight_count) {
  protocol::Terms terms;
  terms.room = protocol::room_hash("simulated");
  terms.task = secure::hash(Bytes{1});
  terms.layout = secure::hash(Bytes{2});
  terms.weight_count = weight_count;
  terms.local_steps = 4;
  terms.deadline_ms = 5'000;
  return terms;
}

}  // namespace deai::simulate
