#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace deai::protocol {

// The shell's name for one way to one peer; never reused within a session.
using LinkId = std::uint32_t;
using PeerId = std::array<std::uint8_t, 32>;  // the peer's Ed25519 public key
using Hash = std::array<std::uint8_t, 32>;    // BLAKE2b-256

// What is at the other end of a link.
enum class LinkKind { kPeer, kCoordinator };

// kLocal: alone. kDecentralized: a mesh of peers. kFederated: a star around the coordinator.
enum class Mode { kLocal, kDecentralized, kFederated };

// Bytes that the shell puts on a link, in order. At most kMaxFrameBytes each.
struct Outgoing {
  LinkId link = 0;
  Bytes frame;
};
inline constexpr std::size_t kMaxFrameBytes = 16 * 1024;

// Something that happened which people may want to see or a test may want to count.
struct Notice {
  enum class Kind {
    kPeerJoined,      // peer
    kPeerLeft,        // peer
    kPeerLate,        // peer, round: its update was still missing when the round ended
    kPeerRefused,     // peer or link, text: why (junk, wrong task, wrong room, bad signature)
    kWaiting,         // count: how many participants are still missing to start a round
    kRoundStarted,    // round
    kRoundCommitted,  // round, count: updates in it, weight: their samples, peers: who they were;
                      // of gossip: oneself and whom one met, weight: one's own samples, distance
    kAdopted,         // round: this participant took over the room's model of that round
    kDone,            // round: the target that run() was given is reached
    kWarning,         // text
  };
  Kind kind = Kind::kWarning;
  std::uint64_t round = 0;
  PeerId peer{};
  std::uint32_t count = 0;
  std::uint64_t weight = 0;
  double distance = 0;  // of neighbours' models, where the room has no common one
  std::vector<PeerId> peers;
  std::string text;
};

// Everything that the shell has to do after an event.
struct Outcome {
  std::vector<Outgoing> sends;
  std::vector<LinkId> closes;  // after sending
  std::vector<Notice> notices;
  std::int64_t wake_at_ms = -1;  // call time() then; -1: nothing to wait for
  bool training_wanted = false;  // local steps are due: train, then report them
  bool model_changed = false;    // the participant's weights are others than before the event
};

}  // namespace deai::protocol
