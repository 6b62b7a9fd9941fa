#include "data/number.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace deai::data {
namespace {

constexpr std::size_t kLongest = 64;

// Removes digits from the front; how many there were.
std::size_t skip_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  text.remove_prefix(count);
  return count;
}

bool skip_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_decimal(std::string_view text) {
  skip_one_of(text, "+-");
  std::size_t digits = skip_digits(text);
  if (skip_one_of(text, ".")) digits += skip_digits(text);
  if (digits == 0) return false;
  if (skip_one_of(text, "eE")) {
    skip_one_of(text, "+-");
    if (skip_digits(text) == 0) return false;
  }
  return text.empty();
}

}  // namespace

std::string_view trimmed(std::string_view cell) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = cell.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return cell.substr(first, cell.find_last_not_of(kBlank) - first + 1);
}

std::optional<double> read_number(std::string_view text) {
  if (text.size() > kLongest || !is_decimal(text)) return std::nullopt;
  // strtod, because not every standard library has from_chars for double yet. Nothing here sets a
  // locale, so the point is a point.
  std::array<char, kLongest + 1> terminated{};
  std::memcpy(terminated.data(), text.data(), text.size());
  const double number = std::strtod(terminated.data(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace deai::data
