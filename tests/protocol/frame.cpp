#include "protocol/frame.h"

#include <catch2/catch_test_macros.hpp>

#include "base/random.h"

using namespace deai;
using protocol::Lane;
using protocol::Reassembler;
using protocol::SendQueue;

namespace {

protocol::SharedBytes packet_of(std::size_t size, std::uint8_t first = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(first + i * 31);
  return std::make_shared<const Bytes>(std::move(bytes));
}

std::vector<Bytes> frames_of(SendQueue& queue) {
  std::vector<protocol::Outgoing> sends;
  queue.pump(7, sends);
  std::vector<Bytes> frames;
  for (auto& send : sends) {
    CHECK(send.link == 7);
    CHECK(send.frame.size() <= protocol::kMaxFrameBytes);
    frames.push_back(std::move(send.frame));
  }
  return frames;
}

Reassembler::Verdict feed(Reassembler& in, const Bytes& bytes, std::size_t limit = 1 << 20) {
  Lane lane{};
  Reassembler::Frame frame;
  REQUIRE(protocol::read_frame(bytes, lane, frame));
  return in.add(frame, limit);
}

}  // namespace

TEST_CASE("A packet comes out as it went in") {
  const std::size_t room = protocol::kMaxFrameBytes - protocol::kFrameHeaderBytes;
  for (const std::size_t size : {std::size_t{1}, room - 1, room, room + 1, 5 * room + 3}) {
    SendQueue queue;
    queue.push(Lane::kBulk, protocol::Kind::kUpdate, packet_of(size));
    Reassembler in;
    const auto frames = frames_of(queue);
    CHECK(frames.size() == (size + room - 1) / room);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const bool last = i + 1 == frames.size();
      CHECK(feed(in, frames[i]) ==
            (last ? Reassembler::Verdict::kPacket : Reassembler::Verdict::kMore));
    }
    CHECK(*in.take() == *packet_of(size));
    CHECK(in.held_bytes() == 0);
  }
}

TEST_CASE("No more than the window is on its way; the rest follows what has left") {
  SendQueue queue;
  const std::size_t size = 4 * protocol::kLinkWindowBytes;
  queue.push(Lane::kBulk, protocol::Kind::kModel, packet_of(size));
  Reassembler in;
  bool whole = false;
  for (int turn = 0; turn < 100 && !whole; ++turn) {
    const auto frames = frames_of(queue);
    std::size_t sent = 0;
    for (const Bytes& frame : frames) {
      sent += frame.size();
      whole = feed(in, frame, size) == Reassembler::Verdict::kPacket;
    }
    CHECK(sent <= protocol::kLinkWindowBytes + protocol::kMaxFrameBytes);
    CHECK((whole || frames_of(queue).empty()));
    queue.drained(sent);
  }
  CHECK(whole);
  CHECK(queue.queued_bytes() == 0);
}

TEST_CASE("A small packet does not wait behind a big one") {
  SendQueue queue;
  queue.push(Lane::kBulk, protocol::Kind::kModel, packet_of(2 * protocol::kLinkWindowBytes));
  frames_of(queue);
  queue.push(Lane::kUrgent, protocol::Kind::kStatus, packet_of(300));
  queue.drained(protocol::kMaxFrameBytes);
  const auto frames = frames_of(queue);
  REQUIRE_FALSE(frames.empty());
  CHECK(frames.front().size() == 300 + protocol::kFrameHeaderBytes);
}

TEST_CASE("What later packets make useless is not sent") {
  SendQueue queue;
  queue.push(Lane::kUrgent, protocol::Kind::kStatus, packet_of(100, 1));
  queue.push(Lane::kUrgent, protocol::Kind::kStatus, packet_of(100, 2));
  queue.push(Lane::kBulk, protocol::Kind::kUpdate, packet_of(100, 3), true);
  queue.push(Lane::kBulk, protocol::Kind::kUpdate, packet_of(100, 4));  // for somebody who asked
  queue.push(Lane::kBulk, protocol::Kind::kUpdate, packet_of(100, 5), true);
  CHECK(queue.queued_bytes() == 300);
  const auto frames = frames_of(queue);
  REQUIRE(frames.size() == 3);
  const auto first_byte = [&](std::size_t i) { return frames[i][protocol::kFrameHeaderBytes]; };
  CHECK(first_byte(0) == 2);
  CHECK(first_byte(1) == 4);
  CHECK(first_byte(2) == 5);
}

TEST_CASE("A lost frame loses its packet and no other; a repeated one does no harm") {
  SendQueue queue;
  for (std::uint8_t i = 0; i < 3; ++i) {
    queue.push(Lane::kBulk, protocol::Kind::kUpdate, packet_of(40'000, i));
  }
  Reassembler in;
  int whole = 0;
  const auto frames = frames_of(queue);
  REQUIRE(frames.size() == 9);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i == 4) continue;
    for (int repeat = 0; repeat < 2; ++repeat) {
      if (feed(in, frames[i]) != Reassembler::Verdict::kPacket) continue;
      ++whole;
      CHECK(*in.take() == *packet_of(40'000, static_cast<std::uint8_t>(i / 3)));
    }
  }
  CHECK(whole == 2);
}

TEST_CASE("What a frame claims costs no memory, and what does not fit is junk") {
  Reassembler in;
  const Bytes byte(1);
  const std::size_t limit = 1 << 30;
  CHECK(in.add({1, limit, 0, byte}, limit) == Reassembler::Verdict::kMore);
  CHECK(in.held_bytes() <= 16);
  CHECK(in.add({2, 101, 0, byte}, 100) == Reassembler::Verdict::kJunk);
  CHECK(in.add({2, 1, 1, byte}, 100) == Reassembler::Verdict::kJunk);
  CHECK(in.add({2, 10, 0xffffffffu, byte}, 100) == Reassembler::Verdict::kJunk);
  CHECK(in.add({0, 1, 0, byte}, 100) == Reassembler::Verdict::kJunk);
  CHECK(in.add({3, 10, 0, byte}, 100) == Reassembler::Verdict::kMore);
  CHECK(in.add({3, 11, 1, byte}, 100) == Reassembler::Verdict::kJunk);
}

TEST_CASE("Random bytes as frames are refused or ignored") {
  Random random(3, 1);
  Reassembler in;
  for (int turn = 0; turn < 10'000; ++turn) {
    Bytes bytes(random.below(40));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_u32());
    Lane lane{};
    Reassembler::Frame frame;
    if (!protocol::read_frame(bytes, lane, frame)) continue;
    in.add(frame, 1000);
    CHECK(in.held_bytes() <= 1000);
  }
}
