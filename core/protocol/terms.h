#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "codec/layout.h"
#include "protocol/outcome.h"

namespace deai::protocol {

// How neighbours agree where a room has no common model; see gossip::Settings.
struct GossipTerms {
  std::string scheme;  // empty: the room has a common model, the mean
  // As gossip::make_topology() has them, and random_regular/K for any number of members.
  std::string topology = "full";
  std::uint32_t rank = 1;
  std::uint32_t iterations = 1;
  std::uint32_t bits = 8;
};

// What everybody in a room has to agree on, and this participant's own part in it.
struct Terms {
  Hash room{};    // room_hash() of its name
  Hash task{};    // hash of the task's canonical text
  Hash layout{};  // hash of the model's layout text
  std::size_t weight_count = 0;
  std::string codec = "f32";  // of updates, or of plain and choco gossip
  codec::Layout tensors;      // of the weights, for codecs that work tensor by tensor
  // What a round does with the mean of its changes (aggregate/outer_step.h), where there is a common model.
  std::string outer = "average";
  double outer_rate = 0;  // 0: its own
  GossipTerms gossip;
  std::uint32_t local_steps = 1;        // optimizer steps between two exchanges
  std::int64_t deadline_ms = 30'000;    // a round never waits longer for an update
  std::uint32_t max_participants = 16;  // of one mesh
  std::uint32_t min_participants = 2;   // no round starts below it
  // Of a hub's members, that learn in a round: from 1 on so many, below 1 that share; 0: all.
  double sample = 0;
  Mode mode = Mode::kDecentralized;
};

// Times that do not depend on the task.
inline constexpr std::int64_t kHeartbeatMs = 2'000;  // a Status at least this often on each link
// Nobody waits for a peer that was silent this long: five heartbeats.
inline constexpr std::int64_t kSilenceMs = 5 * kHeartbeatMs;
inline constexpr std::int64_t kHandshakeMs = 15'000;  // a link that proved no key by then is closed
// What is announced on one link often comes by itself on another: so long before it is asked for.
inline constexpr std::int64_t kGraceMs = 500;
// An answer that makes no progress for so long is given up; sooner, when nothing at all comes from
// whom it is expected: somebody else may know it.
inline constexpr std::int64_t kStallMs = 3 * kHeartbeatMs;
inline constexpr std::int64_t kQuietMs = 3 * kHeartbeatMs / 2;

// Nor is a round's deadline nearer than that, however fast everybody was so far.
inline constexpr std::int64_t kLeastPatienceMs = kHeartbeatMs;

// How long rank k waits for rank k - 1 to propose.
inline constexpr std::int64_t succession_ms(std::int64_t deadline_ms) {
  const std::int64_t step = deadline_ms / 10;
  return step < 200 ? 200 : step > 3'000 ? 3'000 : step;
}

// A link with that many offences is closed.
inline constexpr std::uint32_t kMaxOffences = 3;
// Bytes of one link that may be on their way into the shell's queue.
inline constexpr std::size_t kLinkWindowBytes = 256 * 1024;

}  // namespace deai::protocol
