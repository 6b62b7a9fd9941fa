#include "base/error.h"

#include <array>
#include <charconv>
#include <cmath>

namespace deai {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kShape:
      return "shape";
    case ErrorCode::kTask:
      return "task";
    case ErrorCode::kData:
      return "data";
    case ErrorCode::kFile:
      return "file";
    case ErrorCode::kArgument:
      return "argument";
    case ErrorCode::kState:
      return "state";
    case ErrorCode::kMemory:
      return "memory";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

void fail(ErrorCode code, std::string text) { throw Error(code, std::move(text)); }

std::string to_text(long long value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::string(digits.data(), end);
}

std::string to_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 std::chars_format::general, 6)
                       .ptr;
  return std::string(digits.data(), end);
}

}  // namespace deai
