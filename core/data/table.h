#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "task/task.h"

namespace deai::data {

enum class Labels { kNeeded, kIgnored };

// Rows as the model takes them: count x features, and a label each (none where ignored).
struct Rows {
  std::vector<float> inputs;
  std::vector<float> labels;
  std::uint32_t count = 0;
};

// Decodes a table whose first row holds the column names. cells: u32 rows, u32 columns, then
// rows x columns cells, each u32 length and UTF-8 bytes, row by row. Throws Error{kData} that
// names the source, the row as a person counts (the names are row 1) and the column.
Rows decode_table(const task::Data& data, std::string_view source, ByteView cells, Labels labels);

}  // namespace deai::data
