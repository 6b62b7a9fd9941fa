#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "gossip/scheme.h"

// The body of a Gossip packet: all that a scheme sends to one neighbour in one phase.
//   f32 share  u8 waits  then, to the end: u8 kind  u32 sequence  u32 size  bytes
namespace deai::protocol {

struct GossipMail {
  // What the sender's graph gives the edge: the consensus step times 1 / (1 + its degree). The
  // smaller one of both ends' is the edge's weight, so that both use the same; where both drew the
  // same graph it is Metropolis' weight.
  float share = 0;
  // The sender waits for the receiver's mail. Otherwise that came too late before, and this is for
  // it to learn where the sender is.
  bool waits = false;
  std::vector<gossip::Message> messages;  // peer is left open
};

inline constexpr std::size_t kMostMessages = 4;

Bytes write_mail(float share, bool waits, std::span<const gossip::Message> messages);
// A verdict on strangers' bytes.
std::optional<GossipMail> read_mail(ByteView body);
// The codec's own bytes.
std::size_t payload_bytes(std::span<const gossip::Message> messages);

}  // namespace deai::protocol
