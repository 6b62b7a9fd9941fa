#include "files.h"

#include <cstdio>
#include <vector>

#include "base/error.h"

namespace deai::train {
namespace {

std::string read_all(std::FILE* file) {
  std::string content;
  char block[65536];
  for (std::size_t got = 0; (got = std::fread(block, 1, sizeof block, file)) > 0;) {
    content.append(block, got);
  }
  return content;
}

// gzip is on every machine that this tool runs on; a library for it would be one more to set up.
std::string read_gzip(const std::string& path) {
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  std::FILE* const pipe = ::popen(("gzip -dc -- " + quoted + "'").c_str(), "r");
  if (pipe == nullptr) fail(ErrorCode::kArgument, text("cannot start gzip for ", path));
  const std::string content = read_all(pipe);
  if (::pclose(pipe) != 0) fail(ErrorCode::kArgument, text("gzip could not read ", path));
  return content;
}

using Row = std::vector<std::string>;

// Splits the text into rows of cells; a quoted cell may hold commas, line ends and doubled quotes.
std::vector<Row> parse_csv(std::string_view csv) {
  std::vector<Row> rows(1);
  std::string cell;
  bool in_quotes = false;
  for (std::size_t at = 0; at < csv.size(); ++at) {
    const char c = csv[at];
    if (in_quotes) {
      if (c != '"') {
        cell += c;
      } else if (at + 1 < csv.size() && csv[at + 1] == '"') {
        cell += csv[++at];
      } else {
        in_quotes = false;
      }
    } else if (c == '"') {
      in_quotes = true;
    } else if (c == ',' || c == '\n') {
      rows.back().push_back(std::move(cell));
      cell.clear();
      if (c == '\n') rows.emplace_back();
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (!cell.empty() || !rows.back().empty()) rows.back().push_back(std::move(cell));
  if (rows.back().empty()) rows.pop_back();
  return rows;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) fail(ErrorCode::kArgument, text("cannot open ", path));
  std::string content = read_all(file);
  std::fclose(file);
  return content;
}

Bytes cells_of_csv(std::string_view csv) {
  const std::vector<Row> rows = parse_csv(csv);
  const std::size_t columns = rows.empty() ? 0 : rows.front().size();
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(rows.size()));
  out.u32(static_cast<std::uint32_t>(columns));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].size() != columns) {
      fail(ErrorCode::kData, text("row ", row + 1, ": ", rows[row].size(),
                                  " cells, expected as many as row 1 has: ", columns));
    }
    for (const std::string& cell : rows[row]) out.sized(cell);
  }
  return out.take();
}

Bytes read_idx(const std::string& path) {
  const std::string content = path.ends_with(".gz") ? read_gzip(path) : read_file(path);
  // Two zero bytes, the type (8: unsigned byte), the rank, then a big-endian u32 per extent.
  const bool known = content.size() >= 4 && content[0] == 0 && content[1] == 0 && content[2] == 8;
  const std::size_t header = known ? 4 + 4 * static_cast<std::size_t>(content[3]) : 0;
  if (!known || content.size() < header) {
    fail(ErrorCode::kData, text(path, ": is not an IDX file of bytes"));
  }
  return Bytes(content.begin() + static_cast<std::ptrdiff_t>(header), content.end());
}

}  // namespace deai::train
