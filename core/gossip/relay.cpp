#include "gossip/relay.h"

namespace deai::gossip {

void Relay::send(std::uint32_t round, std::uint32_t, std::span<float> x,
                 std::vector<Message>& out) {
  round_ = round;
  std::vector<float> sum(count_);
  for (const Held& to : circle_.all) {
    std::uint32_t members = 1;
    sum.assign(x.begin(), x.end());
    for (const Held& from : circle_.all) {
      if (&from == &to || from.last.members == 0) continue;
      members += from.last.members;
      for (std::size_t i = 0; i < count_; ++i) sum[i] += from.last.x[i];
    }
    ByteWriter bytes;
    bytes.u32(members);
    bytes.f32s(sum);
    out.push_back({to.neighbour.peer, 0, round, shared(bytes.take())});
  }
}

Verdict Relay::receive(const Message& message, std::span<float>, std::vector<Message>&) {
  Held* const held = circle_.find(message.peer);
  if (held == nullptr || message.sequence != round_) return Verdict::kLate;
  const Bytes& bytes = *message.bytes;
  held->now.members = 0;
  if (message.kind != 0 || bytes.size() != 4 + 4 * count_) return Verdict::kRefused;
  const std::uint32_t members = ByteReader(bytes).u32();
  held->now.x.resize(count_);
  // While the tree changes, some are counted twice: not an offence, but of no use.
  if (members >= participants_) return Verdict::kLate;
  if (members == 0 || !read_floats(Bytes(bytes.begin() + 4, bytes.end()), held->now.x)) {
    return Verdict::kRefused;
  }
  held->now.members = members;
  return Verdict::kTaken;
}

void Relay::mix(std::uint32_t, std::uint32_t, std::span<float> x) {
  std::uint32_t heard = 1;
  for (Held& held : circle_.all) {
    std::swap(held.last, held.now);
    held.now.members = 0;
    heard += held.last.members;
    if (held.last.members == 0) continue;
    // From the mean of all behind the edge.
    const float behind = 1.0f / static_cast<float>(held.last.members);
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto off = static_cast<double>(held.last.x[i] * behind - x[i]);
      squares += off * off;
    }
    met(squares);
  }
  // While a leaving goes round, more may be counted than there are.
  const std::uint32_t all = heard > participants_ ? heard : participants_;
  const auto own = static_cast<float>(1 + all - heard);
  const float scale = 1.0f / static_cast<float>(all);
  for (std::size_t i = 0; i < x.size(); ++i) {
    float sum = own * x[i];
    for (const Held& held : circle_.all) {
      if (held.last.members > 0) sum += held.last.x[i];
    }
    x[i] = sum * scale;
  }
}

}  // namespace deai::gossip
