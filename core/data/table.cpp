#include "data/table.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "base/error.h"
#include "data/number.h"

namespace deai::data {
namespace {

constexpr std::uint32_t kMaxColumns = 65536;
constexpr std::size_t kMaxCellBytes = std::size_t{1} << 20;
// Numbers that a table may become: 1 GiB of floats, and no overflow where sizes have 32 bits.
constexpr std::uint64_t kMaxNumbers = std::uint64_t{1} << 28;
// How many names an error text lists at most.
constexpr std::size_t kListed = 12;

// "a", "b", … with long words and long lists cut.
template <typename Words>
std::string listed(const Words& words) {
  std::string out;
  std::size_t count = 0;
  for (const auto& word : words) {
    if (count > 0) out += ", ";
    if (count++ == kListed) return out + "…";
    out += text('"', std::string_view(word).substr(0, 60), '"');
  }
  return out;
}

// Where a cell stands, for error texts.
struct Place {
  std::string_view source;
  std::uint32_t row;  // as a person counts
  std::string_view column;
};

[[noreturn]] void refuse(const Place& place, std::string_view expected, std::string_view cell) {
  const std::string found = cell.empty() ? "an empty cell" : text('"', cell.substr(0, 60), '"');
  fail(ErrorCode::kData, text(place.source, ", row ", place.row, ", column \"", place.column,
                              "\": expected ", expected, ", found ", found));
}

std::size_t width(const task::NumberColumn&) { return 1; }
std::size_t width(const task::CategoryColumn& column) { return column.values.size(); }

void encode(const task::NumberColumn& column, const Place& place, std::string_view cell,
            float* out) {
  const std::optional<double> number =
      cell.empty() && column.missing ? column.missing : read_number(cell);
  if (!number) refuse(place, "a number", cell);
  const auto value = static_cast<float>((*number - column.mean) / column.deviation);
  if (!std::isfinite(value)) refuse(place, "a number of a usual size", cell);
  *out = value;
}

void encode(const task::CategoryColumn& column, const Place& place, std::string_view cell,
            float* out) {
  const std::string_view word = cell.empty() && column.missing ? *column.missing : cell;
  const auto at = std::find(column.values.begin(), column.values.end(), word);
  if (at == column.values.end()) refuse(place, text("one of ", listed(column.values)), cell);
  out[at - column.values.begin()] = 1;
}

float encode_label(const std::vector<std::string>& classes, const Place& place,
                   std::string_view cell) {
  if (!classes.empty()) {
    const auto at = std::find(classes.begin(), classes.end(), cell);
    if (at == classes.end()) refuse(place, text("one of ", listed(classes)), cell);
    return static_cast<float>(at - classes.begin());
  }
  const std::optional<double> number = read_number(cell);
  if (!number || !std::isfinite(static_cast<float>(*number))) refuse(place, "a number", cell);
  return static_cast<float>(*number);
}

std::string_view column_name(const task::Column& column) {
  return std::visit([](const auto& any) -> std::string_view { return any.name; }, column);
}

// Reads one table after its sizes; each member does one part of it.
class TableDecoder {
 public:
  TableDecoder(const task::Data& data, std::string_view source, ByteView cells)
      : data_(data),
        table_(std::get<task::TableData>(data.input)),
        source_(source),
        reader_(cells) {
    for (const task::Column& column : table_.columns) {
      features_ += std::visit([](const auto& any) { return width(any); }, column);
    }
  }

  Rows decode(Labels labels) {
    const std::uint32_t rows = reader_.u32();
    const std::uint32_t columns = reader_.u32();
    // Each cell takes at least the four bytes of its length: bounds what is reserved below.
    const std::uint64_t least = std::uint64_t{4} * rows * columns;
    if (!reader_.ok() || columns > kMaxColumns || least > reader_.left()) refuse_buffer();
    if (rows == 0 || columns == 0) {
      fail(ErrorCode::kData, text(source_, ": is empty, expected a first row of column names"));
    }
    cells_.resize(columns);
    find_columns(labels);
    Rows out;
    out.count = rows - 1;
    if (std::uint64_t{out.count} * features_ > kMaxNumbers) {
      fail(ErrorCode::kData, text(source_, ": ", out.count, " rows of ", features_,
                                  " model inputs each are more than fits, expected at most ",
                                  kMaxNumbers, " numbers in all"));
    }
    out.inputs.resize(std::size_t{out.count} * features_);
    for (std::uint32_t row = 0; row < out.count; ++row) {
      read_row();
      encode_row(row + 2, out.inputs.data() + std::size_t{row} * features_);
      if (labels == Labels::kNeeded) {
        out.labels.push_back(encode_label(data_.classes, {source_, row + 2, table_.label_column},
                                          cells_[label_at_]));
      }
    }
    if (!reader_.done()) refuse_buffer();
    return out;
  }

 private:
  [[noreturn]] void refuse_buffer() const {
    fail(ErrorCode::kData, text(source_,
                                ": the table's cells do not fit its number of rows and "
                                "columns"));
  }

  void read_row() {
    for (std::string_view& cell : cells_) cell = trimmed(reader_.sized_text(kMaxCellBytes));
    if (!reader_.ok()) refuse_buffer();
  }

  // The position of the only column of that name.
  std::size_t find_column(std::string_view name) const {
    const auto at = std::find(cells_.begin(), cells_.end(), name);
    if (at == cells_.end()) {
      fail(ErrorCode::kData,
           text(source_, ", row 1: the column \"", name, "\" is missing, found ", listed(cells_)));
    }
    if (std::find(at + 1, cells_.end(), name) != cells_.end()) {
      fail(ErrorCode::kData,
           text(source_, ", row 1: the column \"", name, "\" stands there twice"));
    }
    return static_cast<std::size_t>(at - cells_.begin());
  }

  void find_columns(Labels labels) {
    read_row();
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (cells_[0].starts_with(kByteOrderMark)) cells_[0].remove_prefix(kByteOrderMark.size());
    for (const task::Column& column : table_.columns) {
      positions_.push_back(find_column(column_name(column)));
    }
    if (labels == Labels::kNeeded) label_at_ = find_column(table_.label_column);
  }

  void encode_row(std::uint32_t row, float* out) const {
    for (std::size_t at = 0; at < positions_.size(); ++at) {
      const task::Column& column = table_.columns[at];
      const Place place{source_, row, column_name(column)};
      const std::string_view cell = cells_[positions_[at]];
      std::visit(
          [&](const auto& any) {
            encode(any, place, cell, out);
            out += width(any);
          },
          column);
    }
  }

  const task::Data& data_;
  const task::TableData& table_;
  std::string_view source_;
  ByteReader reader_;
  std::size_t features_ = 0;
  std::vector<std::string_view> cells_;  // of the row that was read last
  std::vector<std::size_t> positions_;   // of the task's columns in the file
  std::size_t label_at_ = 0;
};

}  // namespace

Rows decode_table(const task::Data& data, std::string_view source, ByteView cells, Labels labels) {
  if (!std::holds_alternative<task::TableData>(data.input)) {
    fail(ErrorCode::kData, text(source, ": is a table, but the task learns from images"));
  }
  return TableDecoder(data, source, cells).decode(labels);
}

}  // namespace deai::data
