#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace deai::support {

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// A table as Learner::add_table takes it, from lines of cells between commas (no quotes). As many
// columns as the first line has.
inline Bytes cells_of(std::string_view csv) {
  if (csv.ends_with('\n')) csv.remove_suffix(1);
  const std::vector<std::string_view> lines = split(csv, '\n');
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(lines.size()));
  out.u32(static_cast<std::uint32_t>(split(lines.front(), ',').size()));
  for (const std::string_view line : lines) {
    for (const std::string_view cell : split(line, ',')) out.sized(cell);
  }
  return out.take();
}

}  // namespace deai::support
