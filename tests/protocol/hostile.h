#pragma once

#include <vector>

#include "base/random.h"
#include "protocol/frame.h"
#include "protocol/messages.h"

namespace deai::test {

// Bytes of strangers: noise, noise that looks like frames, and honest frames with some bytes
// changed, cut or repeated.
inline Bytes noise(Random& random) {
  Bytes bytes(random.below(600));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_u32());
  // Half of it gets past the framing: one whole packet on the urgent or the bulk lane.
  if (random.below(2) == 0 || bytes.size() <= protocol::kFrameHeaderBytes) return bytes;
  ByteWriter head;
  head.u8(static_cast<std::uint8_t>(random.below(2)));
  head.u32(1 + random.below(1000));
  head.u32(static_cast<std::uint32_t>(bytes.size() - protocol::kFrameHeaderBytes));
  head.u32(0);
  std::copy(head.view().begin(), head.view().end(), bytes.begin());
  return bytes;
}

inline Bytes mutated(Random& random, Bytes frame) {
  const std::uint32_t kind = random.below(4);
  if (kind == 0 && frame.size() > 1) {
    frame.resize(1 + random.below(static_cast<std::uint32_t>(frame.size() - 1)));
  } else if (kind == 1) {
    frame.push_back(static_cast<std::uint8_t>(random.next_u32()));
  } else {
    for (std::uint32_t change = 0; change < kind; ++change) {
      const auto at = random.below(static_cast<std::uint32_t>(frame.size()));
      frame[at] ^= static_cast<std::uint8_t>(1 + random.below(255));
    }
  }
  return frame;
}

// A peer with a true key that sends what it likes: it does the handshake by itself and makes
// sound packets with any body.
class Liar {
 public:
  Liar(const protocol::Terms& terms, std::uint64_t number, protocol::Role role)
      : terms_(terms), key_(seed(number)), role_(role), writer_(terms_, key_) {}

  const protocol::PeerId& id() const { return key_.public_key(); }
  const secure::SigningKey& key() const { return key_; }

  std::vector<Bytes> hello() {
    return frames(protocol::Lane::kUrgent,
                  writer_.write(protocol::Kind::kHello, 0, {},
                                protocol::write_hello({role_, id(), protocol::Hash{1}})));
  }
  // The answer to the other end's frames so far.
  std::vector<Bytes> proof(const std::vector<protocol::Outgoing>& sends) {
    for (const auto& out : sends) {
      protocol::Lane lane{};
      protocol::Reassembler::Frame frame;
      if (!protocol::read_frame(out.frame, lane, frame)) continue;
      const auto packet = protocol::read_packet(
          std::make_shared<const Bytes>(frame.bytes.begin(), frame.bytes.end()));
      if (!packet || packet->header.kind != protocol::Kind::kHello) continue;
      const auto theirs = protocol::read_hello(*packet);
      if (!theirs) continue;
      return frames(protocol::Lane::kUrgent,
                    writer_.write(protocol::Kind::kProof, 0, {},
                                  protocol::write_proof({id(), theirs->id, theirs->nonce}), true));
    }
    return {};
  }
  std::vector<Bytes> send(protocol::Kind kind, std::uint64_t round, const protocol::Hash& parent,
                          const Bytes& body, bool sign = false) {
    const bool big = kind == protocol::Kind::kUpdate || kind == protocol::Kind::kModel;
    return frames(big ? protocol::Lane::kBulk : protocol::Lane::kUrgent,
                  writer_.write(kind, round, parent, body, sign));
  }

 private:
  static std::array<std::uint8_t, 32> seed(std::uint64_t number) {
    std::array<std::uint8_t, 32> out{};
    out[0] = static_cast<std::uint8_t>(number);
    out[31] = 0x77;
    return out;
  }
  std::vector<Bytes> frames(protocol::Lane lane, protocol::SharedBytes packet) {
    queue_.push(lane, protocol::Kind::kFetch, std::move(packet));
    std::vector<protocol::Outgoing> sends;
    queue_.pump(0, sends);
    queue_.drained(SIZE_MAX);
    std::vector<Bytes> out;
    for (auto& send : sends) out.push_back(std::move(send.frame));
    return out;
  }

  protocol::Terms terms_;
  secure::SigningKey key_;
  protocol::Role role_;
  protocol::PacketWriter writer_;
  protocol::SendQueue queue_;
};

}  // namespace deai::test
