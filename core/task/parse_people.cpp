#include "task/parse.h"

// What people read and what the shell fetches. The core learns nothing from it, but a mistake in
// it is found by the same check as every other one.
namespace deai::task {
namespace {

constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kLongestWords = 2000;
constexpr std::size_t kMaxShards = 1024;

void check_text(const json::Value& value, std::size_t longest) {
  if (value.present()) value.text(1, longest);
}

// Names that people see instead of `count` names in the data.
void check_titles(const json::Value& value, std::size_t count) {
  if (!value.present()) return;
  for (const json::Value& item : value.items(count, count)) item.text(1, kLongestTitle);
}

bool is_plain_segment(std::string_view segment) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !segment.empty() && segment.front() != '.' &&
         std::all_of(segment.begin(), segment.end(), plain);
}

}  // namespace

std::string read_path(const json::Value& value) {
  std::string path = value.text(1, kLongestTitle);
  std::string_view rest = path;
  for (;;) {
    const std::size_t slash = rest.find('/');
    if (!is_plain_segment(rest.substr(0, slash))) {
      value.refuse(
          "a path inside the task's folder of the characters a-z, A-Z, 0-9, _, -, . and /");
    }
    if (slash == std::string_view::npos) return path;
    rest.remove_prefix(slash + 1);
  }
}

namespace {

void check_part(const json::Value& value, const Data& data) {
  if (std::holds_alternative<TableData>(data.input)) {
    const json::Fields fields(value, {"name", "table"});
    fields["name"].text(1, kLongestTitle);
    read_path(fields["table"]);
  } else if (std::holds_alternative<TextData>(data.input)) {
    const json::Fields fields(value, {"name", "text"});
    fields["name"].text(1, kLongestTitle);
    read_path(fields["text"]);
  } else {
    const json::Fields fields(value, {"name", "images", "labels"});
    fields["name"].text(1, kLongestTitle);
    read_path(fields["images"]);
    read_path(fields["labels"]);
  }
}

}  // namespace

void check_words(const json::Value& root, const Data& data) {
  check_text(root.member("title"), kLongestTitle);
  for (const std::string_view name : {"summary", "learns", "sends"}) {
    check_text(root.member(name), kLongestWords);
  }
  check_titles(root.member("class_names"), data.classes.size());
  const auto* table = std::get_if<TableData>(&data.input);
  if (table == nullptr) return;
  const std::vector<json::Value> columns =
      root.member("data").member("columns").items(1, table->columns.size());
  for (std::size_t at = 0; at < columns.size(); ++at) {
    check_text(columns[at].member("title"), kLongestTitle);
    if (const auto* category = std::get_if<CategoryColumn>(&table->columns[at])) {
      check_titles(columns[at].member("value_titles"), category->values.size());
    }
  }
}

void check_sample(const json::Value& value, const Data& data) {
  const json::Fields fields(value, {"shards", "held_out"});
  for (const json::Value& shard : fields["shards"].items(1, kMaxShards)) check_part(shard, data);
  if (fields["held_out"].present()) check_part(fields["held_out"], data);
}

}  // namespace deai::task
