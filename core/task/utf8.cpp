#include "task/utf8.h"

#include <bit>

namespace deai::task {

std::optional<char32_t> next_character(std::string_view& rest) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  // As many ones as the first byte begins with, so many bytes; 0xxxxxxx stands alone.
  const auto ones = static_cast<std::size_t>(std::countl_one(byte(0)));
  const std::size_t size = ones == 0 ? 1 : ones;
  if (ones == 1 || ones > 4 || rest.size() < size) return std::nullopt;
  char32_t character = byte(0) & (0xFFU >> (ones == 0 ? 0 : ones + 1));
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return std::nullopt;
    character = character << 6 | (byte(at) & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < kSmallest[size] || character > 0x10FFFF || surrogate) return std::nullopt;
  rest.remove_prefix(size);
  return character;
}

}  // namespace deai::task
