#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/bytes.h"
#include "protocol/outcome.h"
#include "protocol/packet.h"

// Packets are cut into frames, as data channels carry small messages only:
//   u8 lane  u32 packet number  u32 packet length  u32 offset  bytes
// Lanes of a link keep what is small and urgent, and gossip, from waiting behind a model. Within a lane the
// frames of a packet follow each other; packet numbers rise. A lost frame loses its packet, no more.
namespace deai::protocol {

enum class Lane : std::uint8_t { kUrgent = 0, kBulk = 1, kMail = 2 };
inline constexpr std::size_t kLanes = 3;
inline constexpr std::size_t kFrameHeaderBytes = 13;

// Puts the packets of one lane of one link together again. Memory: what has arrived of one packet,
// never what its sender claims.
class Reassembler {
 public:
  enum class Verdict { kMore, kPacket, kJunk };
  struct Frame {
    std::uint32_t number = 0;
    std::uint32_t length = 0;
    std::uint32_t offset = 0;
    ByteView bytes;
  };

  // Longer packets are junk. After kPacket take() yields it.
  Verdict add(const Frame& frame, std::size_t limit);
  SharedBytes take();
  std::size_t held_bytes() const { return bytes_.size(); }

 private:
  Bytes bytes_;
  std::uint32_t number_ = 0;  // of the packet in bytes_; earlier ones are history
  std::uint32_t length_ = 0;
  bool open_ = false;
};

// The packets that wait for room on one link. Drops what later packets made useless.
class SendQueue {
 public:
  // A Status, Commit or Model makes the one before useless that still waits, an update of ours
  // (supersedes) those of earlier rounds. What is half sent goes on: a slow link must get something
  // whole at last.
  void push(Lane lane, Kind kind, SharedBytes packet, bool supersedes = false);
  bool holds(Kind kind) const;
  // Frames as far as the window allows.
  void pump(LinkId link, std::vector<Outgoing>& sends);
  // The shell says that so many bytes have left.
  void drained(std::size_t bytes);
  std::size_t queued_bytes() const { return queued_bytes_; }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  struct Waiting {
    Kind kind;
    bool supersedes;
    SharedBytes packet;
    std::size_t offset;
  };
  void pump_lane(std::size_t lane, LinkId link, std::vector<Outgoing>& sends);

  std::deque<Waiting> lanes_[kLanes];
  std::uint32_t numbers_[kLanes] = {1, 1, 1};  // of the packet at each lane's front
  std::size_t in_flight_bytes_ = 0;
  std::size_t queued_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

// Splits off the frame's header. False: not even that is there.
bool read_frame(ByteView bytes, Lane& lane, Reassembler::Frame& frame);

}  // namespace deai::protocol
