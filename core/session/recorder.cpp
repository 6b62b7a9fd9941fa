#include "session/recorder.h"

#include "secure/hash.h"

namespace deai::session {

namespace {

void leb128(ByteWriter& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out.u8(static_cast<std::uint8_t>(value | 128));
  out.u8(static_cast<std::uint8_t>(value));
}

}  // namespace

void Recorder::add_outcome(protocol::Hash& digest, const protocol::Outcome& outcome,
                           const protocol::Head& head) {
  ByteWriter out;
  out.bytes(digest);
  for (const protocol::Outgoing& send : outcome.sends) {
    leb128(out, send.link);
    leb128(out, send.frame.size());
  }
  for (const protocol::LinkId link : outcome.closes) leb128(out, link);
  for (const protocol::Notice& notice : outcome.notices) {
    out.u8(static_cast<std::uint8_t>(notice.kind));
    leb128(out, notice.round);
    leb128(out, notice.count);
    leb128(out, notice.weight);
    out.bytes(notice.peer);
  }
  out.u64(static_cast<std::uint64_t>(outcome.wake_at_ms));
  out.u8(static_cast<std::uint8_t>(outcome.training_wanted * 2 + outcome.model_changed));
  leb128(out, head.round);
  out.bytes(head.hash);
  digest = secure::hash(out.view());
}

bool Recorder::room_for(std::size_t bytes) {
  complete_ = complete_ && out_.size() + bytes <= limit_bytes_;
  return complete_;
}

void Recorder::event(Recorded kind, std::int64_t now_ms,
                     std::initializer_list<std::uint64_t> numbers, ByteView bytes) {
  constexpr std::size_t kMostOfOthers = 64;
  if (!complete_) return;
  whole();
  if (!room_for(bytes.size() + kMostOfOthers)) return;
  ++events_;
  out_.u8(static_cast<std::uint8_t>(kind));
  leb128(out_, static_cast<std::uint64_t>(now_ms - last_ms_));
  last_ms_ = now_ms;
  for (const std::uint64_t number : numbers) leb128(out_, number);
  if (kind == Recorded::kReceived || kind == Recorded::kRestored) out_.sized(bytes);
}

void Recorder::weights(std::span<const float> weights) {
  if (!room_for(4 * weights.size() + 5)) return;
  out_.u8(static_cast<std::uint8_t>(Recorded::kWeights));
  out_.u32(static_cast<std::uint32_t>(4 * weights.size()));
  out_.f32s(weights);
}

void Recorder::outcome(const protocol::Outcome& outcome, const protocol::Head& head) {
  if (!complete_) return;
  add_outcome(digest_, outcome, head);
  whole();
}

}  // namespace deai::session
