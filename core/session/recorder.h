#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/bytes.h"
#include "protocol/head.h"
#include "protocol/outcome.h"

namespace deai::session {

// What may happen to a participant, as a recording names it; in brackets the numbers that follow.
enum class Recorded : std::uint8_t {
  kWeights = 0,   // bytes: the weights that the protocol read during the event before
  kLinkUp = 1,    // [link, kind]
  kLinkDown = 2,  // [link]
  kWritable = 3,  // [link, bytes]
  kReceived = 4,  // [link], bytes: the frame
  kTime = 5,
  kRun = 6,  // [rounds, until_round], each one more than the target's, 0: none
  kStop = 7,
  kSetMode = 8,  // [mode]
  kStep = 9,     // [samples]
  kImported = 10,
  kRestored = 11,  // bytes: a node's saved place
};

// The flight recorder: all that happened to one participant, so that tools/replay can let it happen
// again. No private key and no training sample is in it; the updates, which tell something of them,
// are.
//   u32 magic  u8 version  u8 complete  task  room  u64 seed  u8 mode  u32 min_participants
//   id[32]  link secret[32]  u64 events  digest[32]  records
// A record: u8 kind, and but for kWeights the milliseconds since the one before; numbers, each
// LEB128; u32 length and bytes where the kind has some.
class Recorder {
 public:
  static constexpr std::uint32_t kMagic = 0x52466544;  // "DeFR"
  static constexpr std::uint8_t kVersion = 1;
  // Of all outcomes so far, in order, and of the heads after them: what a replay has to arrive at.
  // Frames count by link and length only, as they hold signatures.
  static void add_outcome(protocol::Hash& digest, const protocol::Outcome& outcome,
                          const protocol::Head& head);

  explicit Recorder(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  void event(Recorded kind, std::int64_t now_ms, std::initializer_list<std::uint64_t> numbers = {},
             ByteView bytes = {});
  void weights(std::span<const float> weights);
  // Of the event before.
  void outcome(const protocol::Outcome& outcome, const protocol::Head& head);

  // Nothing more is recorded once the limit is reached: then it is not complete.
  bool complete() const { return complete_; }
  std::uint64_t events() const { return whole_events_; }
  const protocol::Hash& digest() const { return digest_; }
  ByteView records() const { return ByteView(out_.view()).first(whole_bytes_); }

 private:
  bool room_for(std::size_t bytes);
  void whole() {
    whole_bytes_ = out_.size();
    whole_events_ = events_;
  }

  std::uint64_t limit_bytes_;
  ByteWriter out_;
  std::uint64_t events_ = 0;
  // Up to the last event that ended, be it by an Error, with all weights that were read in it.
  std::size_t whole_bytes_ = 0;
  std::uint64_t whole_events_ = 0;
  std::int64_t last_ms_ = 0;
  protocol::Hash digest_{};
  bool complete_ = true;
};

}  // namespace deai::session
