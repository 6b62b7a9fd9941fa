#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace deai {

// Stable names that callers may test for; the text is for people and may change.
enum class ErrorCode {
  kShape,     // shapes that do not fit an operation
  kTask,      // task.json says something that cannot be
  kData,      // a sample, row, file or label that the task does not expect
  kFile,      // a model file that is malformed or belongs to another model
  kArgument,  // any other argument of a public function
  kState,     // a call at a time when it makes no sense
  kMemory,    // the world has no more room
  kInternal,  // our own mistake
};

std::string_view code_name(ErrorCode code);

// What a caller did wrong, with how to mend it. Strangers' bytes never cause one (they get a
// verdict), and none crosses the wasm boundary (bindings turn it into {code, text}).
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string text) : code_(code), text_(std::move(text)) {}
  ErrorCode code() const { return code_; }
  const std::string& text() const { return text_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorCode code_;
  std::string text_;
};

[[noreturn]] void fail(ErrorCode code, std::string text);

// Number formatting without iostreams or std::format, which cost hundreds of kB of wasm.
std::string to_text(long long value);
std::string to_text(double value);  // 6 digits
// The fewest digits that read back as the same (finite) double, always as 1.5e-03: the same text on
// every machine.
std::string exact_text(double value);

namespace detail {
inline void append(std::string& out, std::string_view part) { out.append(part); }
inline void append(std::string& out, const std::string& part) { out.append(part); }
inline void append(std::string& out, const char* part) { out.append(part); }
inline void append(std::string& out, char part) { out.push_back(part); }
inline void append(std::string& out, double part) { out.append(to_text(part)); }
inline void append(std::string& out, float part) { out.append(to_text(static_cast<double>(part))); }
template <typename Integer>
void append(std::string& out, Integer part) {
  out.append(to_text(static_cast<long long>(part)));
}
}  // namespace detail

// text("row ", 3, ": ", cell): concatenates strings and numbers.
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

}  // namespace deai
