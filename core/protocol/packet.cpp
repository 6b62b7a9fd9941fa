#include "protocol/packet.h"

#include <algorithm>

#include "secure/hash.h"

namespace deai::protocol {

namespace {

constexpr std::uint32_t kMagic = 0x49416544;  // "DeAI"
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kDigestAt = kHeaderBytes - 64 - 32;

Hash digest_of(ByteView fields, ByteView body) {
  secure::Hasher hasher;
  hasher.add(fields);
  hasher.add(body);
  return hasher.finish();
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

std::optional<Packet> read_packet(SharedBytes bytes) {
  ByteReader in(*bytes);
  Packet packet;
  if (in.u32() != kMagic || in.u8() != kVersion) return std::nullopt;
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
