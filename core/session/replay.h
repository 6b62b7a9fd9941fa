#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "protocol/head.h"
#include "session/participant.h"
#include "session/recorder.h"

namespace deai::session {

// What was recorded on one machine happens again on this one, natively: the same session, with the
// weights that were read there in place of a learner's.
struct Replay {
  std::string room;
  bool complete = false;          // nothing was left out for want of room
  std::uint64_t events = 0;       // that happened again
  bool same = false;              // with the same outcomes
  protocol::Head head;            // at the end
  std::int64_t milliseconds = 0;  // from the first to the last event, of the recorded clock
};

// on_event: called after each, with what came of it. Throws Error{kFile} for bytes that are no
// recording, or one of another version.
using OnEvent = std::function<void(Recorded kind, std::int64_t now_ms, const protocol::Outcome&,
                                   const Participant&)>;
Replay replay(ByteView recording, const OnEvent& on_event = {});

}  // namespace deai::session
