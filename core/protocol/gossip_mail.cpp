#include "protocol/gossip_mail.h"

namespace deai::protocol {

Bytes write_mail(float share, bool waits, std::span<const gossip::Message> messages) {
  ByteWriter out;
  out.f32(share);
  out.u8(waits ? 1 : 0);
  for (const gossip::Message& message : messages) {
    out.u8(message.kind);
    out.u32(message.sequence);
    out.sized(ByteView(*message.bytes));
  }
  return out.take();
}

std::optional<GossipMail> read_mail(ByteView body) {
  ByteReader in(body);
  GossipMail mail;
  mail.share = in.f32();
  const std::uint8_t waits = in.u8();
  mail.waits = waits == 1;
  while (in.ok() && in.left() > 0) {
    const std::uint8_t kind = in.u8();
    const std::uint32_t sequence = in.u32();
    const ByteView bytes = in.sized(body.size());
    mail.messages.push_back({0, kind, sequence, gossip::shared({bytes.begin(), bytes.end()})});
    if (mail.messages.size() > kMostMessages) return std::nullopt;
  }
  if (!in.done() || mail.messages.empty() || waits > 1 || !(mail.share > 0 && mail.share <= 1)) {
    return std::nullopt;
  }
  return mail;
}

std::size_t payload_bytes(std::span<const gossip::Message> messages) {
  std::size_t sum = 0;
  for (const gossip::Message& message : messages) sum += message.bytes->size();
  return sum;
}

}  // namespace deai::protocol
