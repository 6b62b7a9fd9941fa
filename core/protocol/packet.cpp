#include "protocol/packet.h"

#include <algorithm>

#include "secure/hash.h"

namespace deai::protocol {

namespace {

constexpr std::uint32_t kMagic = 0x49416544;       // "DeAI"
constexpr std::uint32_t kShortMagic = 0x67416544;  // "DeAg"
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kCheckBytes = 8;
constexpr std::size_t kDigestAt = kHeaderBytes - 64 - 32;

Hash digest_of(ByteView fields, ByteView body) {
  secure::Hasher hasher;
  hasher.add(fields);
  hasher.add(body);
  return hasher.finish();
}

std::optional<Packet> read_short(SharedBytes bytes) {
  ByteReader in(*bytes);
  Packet packet;
  in.u32();
  const std::uint8_t version = in.u8();
  const std::uint8_t kind = in.u8();
  packet.header.kind = Kind::kGossip;
  packet.header.phase = in.u8();
  const std::uint8_t zero = in.u8();
  packet.header.round = in.u32();
  const ByteView check = in.bytes(kCheckBytes);
  if (!in.ok() || version != kVersion || kind != static_cast<std::uint8_t>(Kind::kGossip) ||
      zero != 0) {
    return std::nullopt;
  }
  packet.body = ByteView(*bytes).subspan(kShortHeaderBytes);
  const Hash digest =
      digest_of(ByteView(*bytes).first(kShortHeaderBytes - kCheckBytes), packet.body);
  if (!std::equal(check.begin(), check.end(), digest.begin())) return std::nullopt;
  packet.bytes = std::move(bytes);
  return packet;
}

bool known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(Kind::kHello) &&
         kind <= static_cast<std::uint8_t>(Kind::kBye);
}

}  // namespace

SharedBytes PacketWriter::write(Kind kind, std::uint64_t round, const Hash& parent, ByteView body,
                                bool signed_by_me) const {
  ByteWriter out;
  out.u32(kMagic);
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u8(0);
  out.u8(0);
  out.u32(static_cast<std::uint32_t>(body.size()));
  out.bytes(terms_.room);
  out.u64(round);
  out.bytes(parent);
  out.bytes(terms_.task);
  out.bytes(terms_.layout);
  const Hash digest = digest_of(out.view(), body);
  out.bytes(digest);
  out.bytes(signed_by_me ? key_.sign(digest) : secure::Signature{});
  out.bytes(body);
  return std::make_shared<const Bytes>(out.take());
}

SharedBytes PacketWriter::write_gossip(std::uint32_t round, std::uint8_t phase, ByteView body) {
  ByteWriter out;
  out.u32(kShortMagic);
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(Kind::kGossip));
  out.u8(phase);
  out.u8(0);
  out.u32(round);
  const Hash digest = digest_of(out.view(), body);
  out.bytes(ByteView(digest).first(kCheckBytes));
  out.bytes(body);
  return std::make_shared<const Bytes>(out.take());
}

std::optional<Packet> read_packet(SharedBytes bytes) {
  ByteReader in(*bytes);
  Packet packet;
  const std::uint32_t magic = in.u32();
  if (magic == kShortMagic) return read_short(std::move(bytes));
  if (magic != kMagic || in.u8() != kVersion) return std::nullopt;
  const std::uint8_t kind = in.u8();
  if (!known(kind)) return std::nullopt;
  Header& header = packet.header;
  header.kind = static_cast<Kind>(kind);
  header.phase = in.u8();
  const std::uint8_t zero = in.u8();
  const std::uint32_t length = in.u32();
  in.fill(header.room);
  header.round = in.u64();
  in.fill(header.parent);
  in.fill(header.task);
  in.fill(header.layout);
  in.fill(header.digest);
  in.fill(header.signature);
  if (!in.ok() || zero != 0 || in.left() != length) return std::nullopt;
  packet.body = ByteView(*bytes).subspan(kHeaderBytes);
  if (digest_of(ByteView(*bytes).first(kDigestAt), packet.body) != header.digest) {
    return std::nullopt;
  }
  packet.bytes = std::move(bytes);
  return packet;
}

bool signature_holds(const Packet& packet) {
  const Kind kind = packet.header.kind;
  if (kind != Kind::kProof && kind != Kind::kUpdate && kind != Kind::kCommit) return false;
  if (packet.body.size() < sizeof(PeerId)) return false;
  return secure::verify(signer_of(packet), packet.header.digest, packet.header.signature);
}

PeerId signer_of(const Packet& packet) {
  PeerId id{};
  ByteReader(packet.body).fill(id);
  return id;
}

}  // namespace deai::protocol
