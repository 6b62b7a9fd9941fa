#include "gossip/plain.h"

namespace deai::gossip {

Plain::Plain(const Settings& settings)
    : codec_(codec::make_any(settings.codec, {settings.layout, settings.seed})),
      step_(settings.step),
      count_(settings.beginning.size()) {}

void Plain::join(const Neighbour& neighbour) {
  if (Held* const held = circle_.join(neighbour)) held->x.resize(count_);
}

void Plain::send(std::uint32_t round, std::uint32_t, std::span<float> x,
                 std::vector<Message>& out) {
  round_ = round;
  ByteWriter writer;
  codec_->encode(x, writer);
  const auto bytes = shared(writer.take());
  for (const Held& held : circle_.all) out.push_back({held.neighbour.peer, 0, round, bytes});
}

Verdict Plain::receive(const Message& message, std::span<float>, std::vector<Message>&) {
  Held* const held = circle_.find(message.peer);
  if (held == nullptr || message.sequence != round_) return Verdict::kLate;
  held->heard = message.kind == 0 && codec_->decode(*message.bytes, held->x) && acceptable(held->x);
  return held->heard ? Verdict::kTaken : Verdict::kRefused;
}

void Plain::mix(std::uint32_t, std::uint32_t, std::span<float> x) {
  before_.assign(x.begin(), x.end());
  for (Held& held : circle_.all) {
    if (!held.heard) continue;
    held.heard = false;
    met(squared_distance(held.x, before_));
    const auto weight = static_cast<float>(step_ * held.neighbour.weight);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += weight * (held.x[i] - before_[i]);
  }
}

}  // namespace deai::gossip
