#include "gossip/choco.h"

#include <utility>

#include "base/error.h"

namespace deai::gossip {

Choco::Choco(const Settings& settings)
    : codec_(codec::make_any(settings.codec, {settings.layout, settings.seed})),
      step_(settings.step),
      beginning_(settings.beginning.begin(), settings.beginning.end()),
      own_(beginning_),
      decoded_(beginning_.size()) {}

void Choco::join(const Neighbour& neighbour) {
  Held* const held = circle_.join(neighbour);
  if (held == nullptr) return;
  held->copy = beginning_;
  held->known = neighbour.founding;
  held->wants_whole = !neighbour.founding;
}

void Choco::send(std::uint32_t, std::uint32_t, std::span<float> x, std::vector<Message>& out) {
  for (std::size_t i = 0; i < x.size(); ++i) decoded_[i] = x[i] - own_[i];
  ByteWriter writer;
  codec_->encode(decoded_, writer);
  const auto difference = shared(writer.take());
  if (!codec_->decode(*difference, decoded_)) {
    fail(ErrorCode::kInternal, "choco: a codec refused its own bytes");
  }
  for (std::size_t i = 0; i < x.size(); ++i) own_[i] += decoded_[i];
  std::shared_ptr<const Bytes> whole;
  const auto nothing = shared({});
  for (Held& held : circle_.all) {
    const Peer peer = held.neighbour.peer;
    if (!held.known) out.push_back({peer, kAsk, sent_, nothing});
    if (held.wants_whole && !whole) whole = shared(written(own_));
    out.push_back({peer, held.wants_whole ? kWhole : kDifference, sent_,
                   held.wants_whole ? whole : difference});
    held.wants_whole = false;
  }
  ++sent_;
}

Verdict Choco::take_difference(Held& held, const Message& message, std::vector<Message>& out) {
  if (!held.known || message.sequence != held.next) {
    // Messages of one neighbour come in order: something is missing, and the copy worthless.
    if (std::exchange(held.known, false)) {
      out.push_back({message.peer, kAsk, message.sequence, shared({})});
    }
    return Verdict::kLate;
  }
  if (!codec_->decode(*message.bytes, decoded_) || !acceptable(decoded_)) {
    held.known = false;
    return Verdict::kRefused;
  }
  for (std::size_t i = 0; i < decoded_.size(); ++i) held.copy[i] += decoded_[i];
  held.next = message.sequence + 1;
  held.heard = true;
  return Verdict::kTaken;
}

Verdict Choco::receive(const Message& message, std::span<float>, std::vector<Message>& out) {
  Held* const held = circle_.find(message.peer);
  if (held == nullptr) return Verdict::kLate;
  if (message.kind == kDifference) return take_difference(*held, message, out);
  if (message.kind == kAsk) {
    held->wants_whole = true;
    return message.bytes->empty() ? Verdict::kTaken : Verdict::kRefused;
  }
  if (message.kind != kWhole || !read_floats(*message.bytes, decoded_)) return Verdict::kRefused;
  held->copy = decoded_;
  held->known = held->heard = true;
  held->next = message.sequence + 1;
  return Verdict::kTaken;
}

void Choco::mix(std::uint32_t, std::uint32_t, std::span<float> x) {
  for (Held& held : circle_.all) {
    if (!std::exchange(held.heard, false) || !held.known) continue;
    met(squared_distance(held.copy, own_));
    const auto weight = static_cast<float>(step_ * held.neighbour.weight);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += weight * (held.copy[i] - own_[i]);
  }
}

}  // namespace deai::gossip
