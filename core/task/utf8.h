#pragma once

#include <optional>
#include <string_view>

namespace deai::task {

// Takes the first character off `rest`, which is not empty. None: these bytes are no UTF-8
// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), and rest stays as it is.
std::optional<char32_t> next_character(std::string_view& rest);

}  // namespace deai::task
