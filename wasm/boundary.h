#pragma once

#include <emscripten/val.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "model/safetensors.h"
#include "protocol/outcome.h"
#include "secure/hash.h"
#include "session/trainable.h"

// What crosses between JavaScript and core/session, and how. Included by bindings*.cpp only.
namespace deai::wasm {

using emscripten::val;
using secure::hex;

// --- bytes in and out ---------------------------------------------------------------------------

// Bytes that JavaScript wrote and the next call reads; words, so that every kind of number is aligned.
inline std::vector<std::uint32_t> staged;
// Bytes that the last call wrote and JavaScript copies before the next call.
inline Bytes handed_out;

// Beyond this, a buffer is given back after use: samples come in once, frames all the time.
inline constexpr std::size_t kKeptBytes = 1 << 20;

inline std::uintptr_t stage(std::uint32_t size) {
  try {
    staged.resize((static_cast<std::size_t>(size) + 3) / 4);
  } catch (const std::exception&) {
    return 0;  // no room; TypeScript says so
  }
  return reinterpret_cast<std::uintptr_t>(staged.data());
}

inline void drop_staged() {
  if (staged.size() * 4 > kKeptBytes) std::vector<std::uint32_t>().swap(staged);
}

inline ByteView staged_bytes(std::uint32_t offset, std::uint32_t size) {
  const std::size_t available = staged.size() * 4;
  if (offset > available || size > available - offset) {
    fail(ErrorCode::kInternal, text("boundary: ", size, " bytes at ", offset, " were not staged"));
  }
  return {reinterpret_cast<const std::uint8_t*>(staged.data()) + offset, size};
}

// count values of 4 bytes, copied: a typed view of bytes would not be legal C++.
template <typename Value>
std::vector<Value> staged_values(std::uint32_t offset, std::uint32_t count) {
  static_assert(sizeof(Value) == 4);
  if (count > staged.size()) {
    fail(ErrorCode::kInternal, text("boundary: ", count, " values were not staged"));
  }
  const ByteView bytes = staged_bytes(offset, count * 4);
  std::vector<Value> values(count);
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<std::uint8_t*>(values.data()));
  return values;
}

inline std::array<std::uint8_t, 32> staged_entropy() {
  std::array<std::uint8_t, 32> entropy;
  const ByteView bytes = staged_bytes(0, entropy.size());
  std::copy(bytes.begin(), bytes.end(), entropy.begin());
  std::fill_n(staged.begin(), entropy.size() / 4, 0u);  // secret
  return entropy;
}

inline std::int64_t ms(double now) { return static_cast<std::int64_t>(now); }

// --- value objects ------------------------------------------------------------------------------

// What every bound method returns at least: an empty code means that all went well.
struct Status {
  std::string code;
  std::string text;
};
struct Created : Status {
  val handle = val::undefined();
};
struct Number : Status {
  double value = 0;
};
struct Text : Status {
  std::string value;
};
struct Place : Status {
  std::uintptr_t at = 0;
  std::uint32_t size = 0;
};
// Frames stand one after the other at the place: u32 link, u32 size, bytes.
struct Outcome : Place {
  double wake_at_ms = -1;
  bool training_wanted = false;
  bool model_changed = false;
  val closes = val::undefined();   // an array of links, or undefined
  val notices = val::undefined();  // an array of objects, or undefined
};
struct Step : Outcome {
  double loss = 0;
  std::uint32_t count = 0;
  std::uint32_t correct = 0;
  double epoch = 0;
};
struct Evaluation : Status {
  double loss = 0;
  double accuracy = 0;
  std::uint32_t count = 0;
  bool finished = false;
  // Once it is finished: the task's metrics by name, and the confusion matrix, row by row.
  val metrics = val::undefined();
  val confusion = val::undefined();
};
// The loss and, where one is asked for, the place of the gradient.
struct Loss : Place {
  double loss = 0;
  std::uint32_t correct = 0;
  double weight = 0;  // of these labels in the loss
};
// Rows of a batch for somebody else: the inputs at the place, their labels (i32 classes or f32
// numbers), and what dropout had drawn before the batch.
struct Share : Place {
  std::uintptr_t labels_at = 0;
  std::uint32_t labels_size = 0;
  bool are_classes = false;
  double drawn = 0;
  double weight = 0;  // of the batch's labels in the loss
};
// Rows {name, calls, forwardMs, backwardMs}.
struct Profile : Status {
  val rows = val::undefined();
};
struct Memory : Status {
  double parameter_bytes = 0;
  double peak_bytes = 0;
  double held_bytes = 0;
  double allocations = 0;
  double sample_bytes = 0;
};
struct Facts : Status {
  double round = 0;
  double sent_bytes = 0;
  double received_bytes = 0;
  double payload_bytes = 0;  // of gossip; see session::Participant::Traffic
  double full_bytes = 0;
  double consensus_distance = 0;
  double memory_bytes = 0;
  std::uint32_t training_samples = 0;
  std::uint32_t held_out_samples = 0;
  std::uint32_t output_width = 0;
  std::uint32_t weight_count = 0;
  std::uint32_t trained_count = 0;
  double step_multiplications = 0;
};

inline void tell(const session::BatchReport& report, Loss& out) {
  out.loss = report.loss;
  out.correct = report.correct;
  out.weight = report.weight;
}

// To be called in a catch block only.
inline Status current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {std::string(code_name(error.code())), error.text()};
  } catch (const std::bad_alloc&) {
    return {"memory", "The browser gave the engine no more memory."};
  } catch (const std::exception& error) {
    return {"internal", text("The engine failed: ", error.what())};
  } catch (...) {
    return {"internal", "The engine failed."};
  }
}

// Runs call(body, result); nothing that is thrown leaves the module. Of a failure only code and text
// count. One function for all bound methods, so that each is as short as its body.
inline void run_guarded(Status& result, void* body, void (*call)(void*, Status&)) {
  try {
    call(body, result);
  } catch (...) {
    result = current_failure();
  }
  drop_staged();
}

// Runs body(result) so.
template <typename Result, typename Body>
Result guarded(Body body) {
  Result result;
  run_guarded(result, &body, [](void* which, Status& out) {
    (*static_cast<Body*>(which))(static_cast<Result&>(out));
  });
  return result;
}

// Names one a line, as JavaScript gives them.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// One line a tensor: "+" that was read, "=" that stayed, "-" that was left, then its name.
inline std::string text_of(const model::ReadReport& report) {
  std::string out;
  const auto add = [&](char sign, const std::vector<std::string>& names) {
    for (const std::string& name : names) out += text(sign, name, '\n');
  };
  add('+', report.read);
  add('=', report.kept);
  add('-', report.left);
  return out;
}

inline void hand_out(Bytes bytes, Place& place) {
  handed_out = std::move(bytes);
  place.at = reinterpret_cast<std::uintptr_t>(handed_out.data());
  place.size = static_cast<std::uint32_t>(handed_out.size());
}

// What texts that someone writes on are called in the texts of errors.
inline constexpr const char* kPrompt = "the prompt";

inline void hand_out_tokens(const std::vector<std::uint32_t>& tokens, Place& place) {
  ByteWriter bytes;
  for (const std::uint32_t token : tokens) bytes.u32(token);
  hand_out(bytes.take(), place);
}

inline const char* kind_name(protocol::Notice::Kind kind) {
  using Kind = protocol::Notice::Kind;
  switch (kind) {
    case Kind::kPeerJoined:
      return "peerJoined";
    case Kind::kPeerLeft:
      return "peerLeft";
    case Kind::kPeerLate:
      return "peerLate";
    case Kind::kPeerRefused:
      return "peerRefused";
    case Kind::kWaiting:
      return "waiting";
    case Kind::kRoundStarted:
      return "roundStarted";
    case Kind::kRoundCommitted:
      return "roundCommitted";
    case Kind::kAdopted:
      return "adopted";
    case Kind::kDone:
      return "done";
    case Kind::kWarning:
      return "warning";
  }
  return "warning";
}

inline val to_js(const protocol::Notice& notice) {
  val out = val::object();
  out.set("kind", val(kind_name(notice.kind)));
  out.set("round", static_cast<double>(notice.round));
  out.set("peer", hex(notice.peer));
  out.set("count", notice.count);
  out.set("weight", static_cast<double>(notice.weight));
  out.set("distance", notice.distance);
  val peers = val::array();
  for (std::size_t i = 0; i < notice.peers.size(); ++i) peers.set(i, hex(notice.peers[i]));
  out.set("peers", peers);
  out.set("text", notice.text);
  return out;
}

inline void to_js(const protocol::Outcome& outcome, Outcome& out) {
  out.wake_at_ms = static_cast<double>(outcome.wake_at_ms);
  out.training_wanted = outcome.training_wanted;
  out.model_changed = outcome.model_changed;
  if (!outcome.closes.empty()) out.closes = val::array(outcome.closes);
  if (!outcome.notices.empty()) {
    out.notices = val::array();
    for (std::size_t i = 0; i < outcome.notices.size(); ++i) {
      out.notices.set(i, to_js(outcome.notices[i]));
    }
  }
  if (outcome.sends.empty()) return;
  ByteWriter frames;
  for (const protocol::Outgoing& send : outcome.sends) {
    frames.u32(send.link);
    frames.sized(ByteView(send.frame));
  }
  hand_out(frames.take(), out);
}

}  // namespace deai::wasm
