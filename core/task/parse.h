#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "task/json.h"
#include "task/settings.h"
#include "task/task.h"

// The parts of task.json, each read and checked by a function of its own.
namespace deai::task {

Data read_data(const json::Value& value);
ModelSpec read_model(const json::Value& value);
// The loss with the labels that it needs: of those that the data have.
LossSpec read_loss(const json::Value& value, const Data& data);
// Without a list those that people ask for where there is such a loss.
std::vector<Choice> read_metrics(const json::Value& value, const Task& task);
Training read_training(const json::Value& value);
// Settings by their rules; one of a table by the field "kind", which may have other fields beside.
std::vector<Choice::Setting> read_settings(const json::Fields& fields,
                                           std::span<const SettingRule> rules);
Choice read_choice(const json::Value& value, std::span<const ChoiceKind> kinds,
                   std::span<const std::string_view> others = {});
// Fields for people and the shell: checked, then dropped.
void check_words(const json::Value& root, const Data& data);
void check_sample(const json::Value& value, const Data& data);

// One row of a table of kinds: {"kind": name, …} is read by `read`.
template <typename Result>
struct Kind {
  std::string_view name;
  Result (*read)(const json::Value& value);
};

// Throws "<path>: expected one of "a", "b", …".
[[noreturn]] void refuse_word(const json::Value& value, const std::vector<std::string_view>& known);

// Chooses by the field "kind".
template <typename Result>
Result read_kind(const json::Value& value, std::span<const Kind<Result>> kinds) {
  const json::Value kind = value.member("kind");
  const std::string name = kind.text(1, 64);
  std::vector<std::string_view> known;
  for (const Kind<Result>& row : kinds) {
    if (row.name == name) return row.read(value);
    known.push_back(row.name);
  }
  refuse_word(kind, known);
}

// A path that cannot leave the task's folder.
std::string read_path(const json::Value& value);
// Different texts, each of 1 to 200 characters.
std::vector<std::string> read_names(const json::Value& value, std::size_t fewest, std::size_t most);

inline Index read_index(const json::Value& value, std::uint64_t low, std::uint64_t high) {
  return static_cast<Index>(value.whole(low, high));
}
inline Index read_index_or(const json::Value& value, std::uint64_t low, std::uint64_t high,
                           Index otherwise) {
  return value.present() ? read_index(value, low, high) : otherwise;
}
inline double read_number_or(const json::Value& value, double low, double high, double otherwise) {
  return value.present() ? value.number(low, high) : otherwise;
}

}  // namespace deai::task
