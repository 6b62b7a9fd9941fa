#include "gossip/exponential.h"

#include <bit>

namespace deai::gossip {

std::uint32_t Exponential::distance() const {
  const auto distances = static_cast<std::uint32_t>(std::bit_width(participants_ - 1));
  return distances == 0 ? 0 : 1u << round_ % distances;
}

void Exponential::send(std::uint32_t round, std::uint32_t, std::span<float> x,
                       std::vector<Message>& out) {
  round_ = round;
  heard_ = false;
  if (participants_ < 2) return;
  out.push_back({(self_ + distance()) % participants_, 0, round, shared(written(x))});
}

Verdict Exponential::receive(const Message& message, std::span<float>, std::vector<Message>&) {
  if (message.sequence != round_ || !awaits(message.peer)) return Verdict::kLate;
  heard_ = message.kind == 0 && read_floats(*message.bytes, theirs_);
  return heard_ ? Verdict::kTaken : Verdict::kRefused;
}

void Exponential::mix(std::uint32_t, std::uint32_t, std::span<float> x) {
  if (!heard_) return;
  heard_ = false;
  met(squared_distance(theirs_, x));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.5f * (x[i] + theirs_[i]);
}

}  // namespace deai::gossip
