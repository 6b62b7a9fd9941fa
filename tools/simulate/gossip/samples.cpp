#include "samples.h"

#include <variant>

#include "../../train/files.h"
#include "base/error.h"
#include "task/json.h"
#include "task/parse.h"

namespace deai::simulate::gossip {

Samples::Part Samples::read_part(const std::string& folder, const std::string& images,
                                 const std::string& labels, const std::string& table) const {
  Part part;
  if (table.empty()) {
    part.pixels = train::read_idx(folder + '/' + images);
    const Bytes bytes = train::read_idx(folder + '/' + labels);
    part.labels.assign(bytes.begin(), bytes.end());
    return part;
  }
  const Bytes cells = train::cells_of_csv(train::read_file(folder + '/' + table));
  ByteReader reader(cells);
  const std::uint32_t rows = reader.u32();
  part.columns = reader.u32();
  for (std::size_t cell = 0; cell < rows * part.columns; ++cell) {
    part.cells.emplace_back(reader.sized_text(1u << 16));
  }
  return part;
}

void Samples::append(const Part& part) {
  training_.pixels.insert(training_.pixels.end(), part.pixels.begin(), part.pixels.end());
  training_.labels.insert(training_.labels.end(), part.labels.begin(), part.labels.end());
  labels_.insert(labels_.end(), part.labels.begin(), part.labels.end());
  if (part.cells.empty()) return;
  const auto& table = std::get<task::TableData>(task_.data.input);
  std::size_t label = part.columns;
  for (std::size_t column = 0; column < part.columns; ++column) {
    if (part.cells[column] == table.label_column) label = column;
  }
  if (label == part.columns) fail(ErrorCode::kData, "simulate: a table without its label column");
  const std::size_t skip = training_.cells.empty() ? 0 : part.columns;  // one header is enough
  training_.columns = part.columns;
  for (std::size_t at = skip; at < part.cells.size(); ++at) {
    training_.cells.push_back(part.cells[at]);
  }
  // Any number that is equal for equal labels will do to sort by.
  for (std::size_t at = part.columns + label; at < part.cells.size(); at += part.columns) {
    std::uint32_t number = 0;
    for (const char c : part.cells[at]) number = number * 31 + static_cast<std::uint8_t>(c);
    labels_.push_back(number);
  }
}

Samples::Samples(const std::string& task, const std::string& folder, std::uint32_t most,
                 std::uint32_t held_out)
    : task_(task::parse(train::read_file(task + "/task.json"))) {
  const std::string content = train::read_file(folder + "/task.json");
  const task::json::Document document(content, {"task.json", ErrorCode::kTask}, content.size());
  const task::json::Value sample = document.root().member("sample");
  const auto part_of = [&](const task::json::Value& files) {
    const task::json::Value table = files.member("table");
    if (table.present()) return read_part(folder, "", "", table.text(1, 200));
    return read_part(folder, files.member("images").text(1, 200),
                     files.member("labels").text(1, 200), "");
  };
  for (const task::json::Value& shard : sample.member("shards").items(1, 1024)) {
    append(part_of(shard));
  }
  held_out_ = part_of(sample.member("held_out"));
  if (most > 0 && most < labels_.size()) labels_.resize(most);
  const std::size_t pictures = held_out_.labels.size();
  if (held_out > 0 && held_out < pictures) {
    held_out_.pixels.resize(held_out_.pixels.size() / pictures * held_out);
    held_out_.labels.resize(held_out);
  }
  const std::size_t rows = (std::size_t{held_out} + 1) * held_out_.columns;
  if (held_out > 0 && rows < held_out_.cells.size()) held_out_.cells.resize(rows);
}

namespace {

Bytes cells_of(const std::vector<std::string>& cells, std::size_t columns,
               const std::vector<std::uint32_t>& rows) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(rows.size() + 1));
  out.u32(static_cast<std::uint32_t>(columns));
  const auto row_at = [&](std::size_t row) {
    for (std::size_t at = row * columns; at < (row + 1) * columns; ++at) {
      out.sized(std::string_view(cells[at]));
    }
  };
  row_at(0);
  for (const std::uint32_t row : rows) row_at(row + 1);
  return out.take();
}

}  // namespace

void Samples::add(session::Learner& learner, const std::vector<std::uint32_t>& rows) const {
  if (!training_.cells.empty()) {
    learner.add_table(session::Part::kTraining, task_.id,
                      cells_of(training_.cells, training_.columns, rows));
    return;
  }
  const std::size_t each = training_.pixels.size() / training_.labels.size();
  Bytes pixels;
  std::vector<std::uint32_t> labels;
  for (const std::uint32_t row : rows) {
    const auto first = training_.pixels.begin() + static_cast<std::ptrdiff_t>(row * each);
    pixels.insert(pixels.end(), first, first + static_cast<std::ptrdiff_t>(each));
    labels.push_back(training_.labels[row]);
  }
  learner.add_images(session::Part::kTraining, task_.id, pixels, labels);
}

void Samples::add_held_out(session::Learner& learner) const {
  if (held_out_.cells.empty()) {
    learner.add_images(session::Part::kHeldOut, task_.id, held_out_.pixels, held_out_.labels);
    return;
  }
  std::vector<std::uint32_t> rows(held_out_.cells.size() / held_out_.columns - 1);
  for (std::uint32_t row = 0; row < rows.size(); ++row) rows[row] = row;
  learner.add_table(session::Part::kHeldOut, task_.id,
                    cells_of(held_out_.cells, held_out_.columns, rows));
}

}  // namespace deai::simulate::gossip
