// replay: what a page recorded ("download report") happens again, natively and on the same core.
//   replay FILE [--events]
// Prints what came of it; --events: each event too. Exit status 1: it went another way than in the
// page, 2: not a recording.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

#include "base/error.h"
#include "secure/hash.h"
#include "session/replay.h"

namespace {

using namespace deai;

constexpr const char* kKinds[] = {"weights",  "link_up", "link_down", "writable",
                                  "received", "time",    "run",       "stop",
                                  "set_mode", "step",    "imported",  "restored"};
constexpr const char* kNotices[] = {"peer joined", "peer left",     "peer late", "peer refused",
                                    "waiting",     "round started", "committed", "adopted",
                                    "done",        "warning"};

void print_event(session::Recorded kind, std::int64_t now_ms, const protocol::Outcome& outcome,
                 const session::Participant& participant) {
  std::size_t bytes = 0;
  for (const protocol::Outgoing& send : outcome.sends) bytes += send.frame.size();
  std::printf("%10lld  %-9s round %llu  sends %zu (%zu bytes)  wake in %lld%s%s",
              static_cast<long long>(now_ms), kKinds[static_cast<std::size_t>(kind)],
              static_cast<unsigned long long>(participant.round()), outcome.sends.size(), bytes,
              static_cast<long long>(outcome.wake_at_ms < 0 ? -1 : outcome.wake_at_ms - now_ms),
              outcome.training_wanted ? "  trains" : "",
              outcome.model_changed ? "  new model" : "");
  for (const protocol::Notice& notice : outcome.notices) {
    const auto what = static_cast<std::size_t>(notice.kind);
    std::printf("  [%s%s%s]", what < std::size(kNotices) ? kNotices[what] : "notice",
                notice.text.empty() ? "" : ": ", notice.text.c_str());
  }
  std::printf("\n");
}

}  // namespace

int main(int count, char** words) {
  const bool events = count == 3 && std::string_view(words[2]) == "--events";
  if (count != 2 && !events) {
    std::fputs("usage: replay FILE [--events]\n", stderr);
    return 2;
  }
  std::ifstream file(words[1], std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  try {
    const session::Replay replay =
        session::replay(bytes, events ? print_event : session::OnEvent{});
    std::printf("room \"%s\": %llu events in %lld ms%s\n", replay.room.c_str(),
                static_cast<unsigned long long>(replay.events),
                static_cast<long long>(replay.milliseconds),
                replay.complete ? "" : ", then the recording was full");
    std::printf("round %llu, model %s\n", static_cast<unsigned long long>(replay.head.round),
                secure::hex(replay.head.hash).c_str());
    std::printf("%s\n",
                replay.same ? "the same outcomes as recorded" : "OTHER OUTCOMES than recorded");
    return replay.same ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 2;
  }
}
