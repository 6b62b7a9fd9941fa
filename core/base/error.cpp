#include "base/error.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>

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

// snprintf and strtod, not to_chars: its tables for double are 100 kB, a third of the wasm file.
// Nothing here sets a locale, so the point is a point.
std::string to_text(double value) {
  std::array<char, 32> digits;
  const int size = std::snprintf(digits.data(), digits.size(), "%.6g", value);
  return std::string(digits.data(), static_cast<std::size_t>(size));
}

std::string exact_text(double value) {
  // 17 digits always do.
  std::array<char, 32> digits;
  for (int decimals = 0;; ++decimals) {
    const int size = std::snprintf(digits.data(), digits.size(), "%.*e", decimals, value);
    if (decimals == 16 || std::strtod(digits.data(), nullptr) == value) {
      return std::string(digits.data(), static_cast<std::size_t>(size));
    }
  }
}

}  // namespace deai
