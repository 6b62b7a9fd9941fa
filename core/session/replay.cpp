#include "session/replay.h"

#include <array>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "protocol/member.h"

namespace deai::session {

namespace {

[[noreturn]] void refuse(const char* what) {
  fail(ErrorCode::kFile, text("this is no recording of a participant: ", what));
}

std::uint64_t leb128(ByteReader& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = in.u8();
    value |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  in.refuse();
  return 0;
}

// Has at each time the weights that were read then.
class Remembered final : public protocol::Trainee {
 public:
  void read(std::span<float> weights) const override {
    if (waiting_.empty() || waiting_.front().size() != 4 * weights.size()) {
      refuse("other weights are read than were");
    }
    ByteReader(waiting_.front()).f32s(weights);
    waiting_.pop_front();
  }
  void write(std::span<const float>) override {}

  // The records of weights at the beginning of what is left.
  void take(ByteReader& in, std::uint8_t& kind) {
    for (; kind == static_cast<std::uint8_t>(Recorded::kWeights); kind = in.u8()) {
      waiting_.push_back(in.sized(in.left()));
      if (!in.ok() || in.left() == 0) return in.refuse();
    }
  }

 private:
  mutable std::deque<ByteView> waiting_;
};

struct Event {
  Recorded kind = Recorded::kTime;
  std::int64_t now_ms = 0;
  std::array<std::uint64_t, 2> numbers{};
  ByteView frame;
};

std::size_t numbers_of(Recorded kind) {
  switch (kind) {
    case Recorded::kLinkUp:
    case Recorded::kWritable:
    case Recorded::kRun:
      return 2;
    case Recorded::kLinkDown:
    case Recorded::kReceived:
    case Recorded::kSetMode:
    case Recorded::kStep:
      return 1;
    case Recorded::kWeights:
    case Recorded::kTime:
    case Recorded::kStop:
    case Recorded::kImported:
    case Recorded::kRestored:
      return 0;
  }
  refuse("an event of no known kind");
}

protocol::Outcome happen(Participant& participant, const Event& event) {
  const auto link = static_cast<protocol::LinkId>(event.numbers[0]);
  const auto second = static_cast<std::uint32_t>(event.numbers[1]);
  const auto target = [](std::uint64_t number) {
    return number > 0 ? std::optional<std::uint64_t>(number - 1) : std::nullopt;
  };
  switch (event.kind) {
    case Recorded::kLinkUp:
      return participant.link_up(link, static_cast<protocol::LinkKind>(second), event.now_ms);
    case Recorded::kLinkDown:
      return participant.link_down(link, event.now_ms);
    case Recorded::kWritable:
      return participant.writable(link, second, event.now_ms);
    case Recorded::kReceived:
      return participant.received(link, event.frame, event.now_ms);
    case Recorded::kTime:
      return participant.time(event.now_ms);
    case Recorded::kRun:
      return participant.run({target(event.numbers[0]), target(event.numbers[1])}, event.now_ms);
    case Recorded::kStop:
      return participant.stop(event.now_ms);
    case Recorded::kSetMode:
      return participant.set_mode(static_cast<protocol::Mode>(event.numbers[0]), event.now_ms);
    case Recorded::kStep:
      return participant.step_done(static_cast<std::uint32_t>(event.numbers[0]), event.now_ms);
    case Recorded::kImported:
      return participant.imported(event.now_ms);
    case Recorded::kRestored:
      return participant.restore_place(event.frame, event.now_ms);
    case Recorded::kWeights:
      break;
  }
  refuse("an event of no known kind");
}

}  // namespace

Replay replay(ByteView recording, const OnEvent& on_event) {
  ByteReader in(recording);
  if (in.u32() != Recorder::kMagic) refuse("it begins otherwise");
  if (in.u8() != Recorder::kVersion) refuse("another version wrote it");
  Replay out;
  out.complete = in.u8() == 1;
  ParticipantConfig config;
  config.task = task::parse(in.sized_text(1 << 20));
  config.room = out.room = std::string(in.sized_text(1 << 16));
  config.seed = in.u64();
  config.mode = static_cast<protocol::Mode>(in.u8());
  config.min_participants = in.u32();
  protocol::PeerId id;
  protocol::Hash secret, expected;
  in.fill(id);
  in.fill(secret);
  const std::uint64_t events = in.u64();
  in.fill(expected);
  if (!in.ok()) refuse("it ends early");
  if (events == 0) return out;

  Remembered weights;
  config.trainee = &weights;
  std::uint8_t kind = in.u8();
  weights.take(in, kind);
  const std::array<std::uint8_t, 32> nobody{};
  Participant participant(config, nobody);
  participant.replay_as(id, secret);

  Event event;
  protocol::Hash digest{};
  std::int64_t first_ms = 0;
  for (; out.events < events; ++out.events) {
    event.kind = static_cast<Recorded>(kind);
    event.now_ms += static_cast<std::int64_t>(leb128(in));
    event.numbers = {};
    for (std::size_t i = 0; i < numbers_of(event.kind); ++i) event.numbers[i] = leb128(in);
    if (event.kind == Recorded::kReceived) event.frame = in.sized(protocol::kMaxFrameBytes);
    if (event.kind == Recorded::kRestored) event.frame = in.sized(in.left());
    if (out.events == 0) first_ms = event.now_ms;
    if (in.left() > 0) {
      kind = in.u8();
      weights.take(in, kind);
    }
    if (!in.ok()) refuse("it ends early");
    protocol::Outcome outcome;
    try {
      outcome = happen(participant, event);
      Recorder::add_outcome(digest, outcome, participant.head());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kState) throw;  // training diverged, as it did there
    }
    if (on_event) on_event(event.kind, event.now_ms, outcome, participant);
  }
  out.same = digest == expected;
  out.head = participant.head();
  out.milliseconds = event.now_ms - first_ms;
  return out;
}

}  // namespace deai::session
