#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "protocol/head.h"
#include "protocol/terms.h"
#include "secure/signature.h"

namespace deai::protocol {

// A packet is a header and a body:
//   u32 magic  u8 version  u8 kind  u8 phase  u8 zero  u32 body length
//   room[32]  u64 round  parent[32]  task[32]  layout[32]  digest[32]  signature[64]  body
// digest = BLAKE2b(all header fields before it || body). It is the checksum of every packet, the
// name by which an update is listed and fetched, and what is signed: a signature on it binds kind,
// room, round, parent, task, layout and body, so a packet can be handed on by anybody unchanged.
// Gossip, of which there is much and of which links without proof are not heard, has a short header:
//   u32 magic  u8 version  u8 kind  u8 phase  u8 zero  u32 round  check[8]  body
// check: the first bytes of BLAKE2b(all header fields before it || body).
// Signed kinds (Proof, Update, Commit) begin their body with the signer's key; the others carry a
// signature of zeros and are believed because the link's key was proven.
enum class Kind : std::uint8_t {
  kHello = 1,    // who I am, and a challenge
  kProof = 2,    // signed answer to the challenge
  kStatus = 3,   // my head, whether I take part, my update of this round
  kUpdate = 4,   // what my local steps changed
  kCommit = 5,   // a round's end: which updates, and the resulting head
  kFetch = 6,    // please send
  kAbsent = 7,   // I do not have it
  kModel = 8,    // head, the commit that made it, weights
  kBye = 9,      // I close this link, and why
  kGossip = 10,  // between neighbours: what the scheme sends in this round and phase
};

struct Header {
  Kind kind = Kind::kHello;
  std::uint8_t phase = 0;  // of gossip: for schemes with several exchanges a round
  Hash room{};
  std::uint64_t round = 0;
  Hash parent{};
  Hash task{};
  Hash layout{};
  Hash digest{};
  secure::Signature signature{};
};

inline constexpr std::size_t kHeaderBytes = 12 + 32 + 8 + 3 * 32 + 32 + 64;
inline constexpr std::size_t kShortHeaderBytes = 4 + 4 + 4 + 8;

// A packet's bytes, shared by the queues of all links that it goes to.
using SharedBytes = std::shared_ptr<const Bytes>;

// A received packet: the header, and the body as a view into bytes.
struct Packet {
  Header header;
  ByteView body;
  SharedBytes bytes;
};

// Writes packets of one room with one key.
class PacketWriter {
 public:
  PacketWriter(const Terms& terms, const secure::SigningKey& key) : terms_(terms), key_(key) {}

  // round and parent: what the kind says of them (messages.h). signed_by_me: body must begin with
  // the key.
  SharedBytes write(Kind kind, std::uint64_t round, const Hash& parent, ByteView body,
                    bool signed_by_me = false) const;
  static SharedBytes write_gossip(std::uint32_t round, std::uint8_t phase, ByteView body);

 private:
  const Terms& terms_;
  const secure::SigningKey& key_;
};

// Sound: magic, version, a known kind, exact length, digest. Nothing is said of room, task and
// signature yet.
std::optional<Packet> read_packet(SharedBytes bytes);
// The kind is a signed one, and the key at the body's beginning signed the digest.
bool signature_holds(const Packet& packet);
PeerId signer_of(const Packet& packet);

}  // namespace deai::protocol
