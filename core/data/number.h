#pragma once

#include <optional>
#include <string_view>

namespace deai::data {

// Without the blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view cell);

// A decimal number such as "7", "-0.5" or "1e-3", correctly rounded and finite; nothing else, in
// no locale: not "0x10", "inf", "1,5" or "7 m".
std::optional<double> read_number(std::string_view text);

}  // namespace deai::data
