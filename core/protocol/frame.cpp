#include "protocol/frame.h"

#include <algorithm>

namespace deai::protocol {

bool read_frame(ByteView bytes, Lane& lane, Reassembler::Frame& frame) {
  if (bytes.size() > kMaxFrameBytes) return false;
  ByteReader in(bytes);
  const std::uint8_t lane_number = in.u8();
  frame.number = in.u32();
  frame.length = in.u32();
  frame.offset = in.u32();
  frame.bytes = in.bytes(in.left());
  if (!in.ok() || lane_number >= kLanes || frame.bytes.empty()) return false;
  lane = static_cast<Lane>(lane_number);
  return true;
}

Reassembler::Verdict Reassembler::add(const Frame& frame, std::size_t limit) {
  if (frame.number == 0 || frame.length > limit || frame.offset > frame.length ||
      frame.bytes.size() > frame.length - frame.offset) {
    return Verdict::kJunk;
  }
  if (frame.number < number_ || (frame.number == number_ && !open_))
    return Verdict::kMore;  // again
  if (frame.number > number_) {
    number_ = frame.number;
    length_ = frame.length;
    bytes_.clear();
    open_ = true;
  }
  if (frame.length != length_) return Verdict::kJunk;
  if (frame.offset < bytes_.size()) return Verdict::kMore;  // again
  if (frame.offset > bytes_.size()) {  // one before it was lost: give the packet up
    open_ = false;
    bytes_ = {};
    return Verdict::kMore;
  }
  bytes_.insert(bytes_.end(), frame.bytes.begin(), frame.bytes.end());
  if (bytes_.size() < length_) return Verdict::kMore;
  open_ = false;
  return Verdict::kPacket;
}

SharedBytes Reassembler::take() {
  auto packet = std::make_shared<const Bytes>(std::move(bytes_));
  bytes_ = {};
  return packet;
}

void SendQueue::push(Lane lane, Kind kind, SharedBytes packet, bool supersedes) {
  auto& waiting = lanes_[static_cast<std::size_t>(lane)];
  const bool latest_only =
      kind == Kind::kStatus || kind == Kind::kCommit || kind == Kind::kModel || supersedes;
  if (latest_only) {
    std::erase_if(waiting, [&](const Waiting& other) {
      const bool useless =
          other.offset == 0 && other.kind == kind && other.supersedes == supersedes;
      if (useless) queued_bytes_ -= other.packet->size();
      return useless;
    });
  }
  queued_bytes_ += packet->size();
  waiting.push_back({kind, supersedes, std::move(packet), 0});
}

bool SendQueue::holds(Kind kind) const {
  for (const auto& waiting : lanes_) {
    for (const Waiting& packet : waiting) {
      if (packet.kind == kind) return true;
    }
  }
  return false;
}

void SendQueue::pump(LinkId link, std::vector<Outgoing>& sends) {
  if (queued_bytes_ == 0) return;
  for (const Lane lane : {Lane::kUrgent, Lane::kMail, Lane::kBulk}) {
    pump_lane(static_cast<std::size_t>(lane), link, sends);
  }
}

void SendQueue::pump_lane(std::size_t lane, LinkId link, std::vector<Outgoing>& sends) {
  auto& waiting = lanes_[lane];
  while (!waiting.empty() && in_flight_bytes_ < kLinkWindowBytes) {
    Waiting& front = waiting.front();
    const Bytes& packet = *front.packet;
    const std::size_t count =
        std::min(kMaxFrameBytes - kFrameHeaderBytes, packet.size() - front.offset);
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(lane));
    out.u32(numbers_[lane]);
    out.u32(static_cast<std::uint32_t>(packet.size()));
    out.u32(static_cast<std::uint32_t>(front.offset));
    out.bytes(ByteView(packet).subspan(front.offset, count));
    in_flight_bytes_ += out.size();
    sent_bytes_ += out.size();
    queued_bytes_ -= count;
    sends.push_back({link, out.take()});
    front.offset += count;
    if (front.offset == packet.size()) {
      waiting.pop_front();
      ++numbers_[lane];
    }
  }
}

void SendQueue::drained(std::size_t bytes) {
  in_flight_bytes_ -= std::min(bytes, in_flight_bytes_);
}

}  // namespace deai::protocol
