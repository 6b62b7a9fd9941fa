#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "task/task.h"

// Settings as rows of tables: how they are read, written and bounded stands in one place for all
// kinds of things that have some.
namespace deai::task {

struct SettingRule {
  enum class Type : std::uint8_t { kWhole, kNumber, kSwitch, kWord };
  std::string_view name;
  Type type;
  double low;  // of numbers; both bounds included
  double high;
  // What it is when it is left out; a word by its place among the words.
  enum class Absent : std::uint8_t { kError, kDefault, kLikeBefore };
  Absent absent;
  double otherwise;
  std::span<const std::string_view> words;
};

struct ChoiceKind {
  std::string_view name;
  std::span<const SettingRule> settings;
};

// What a setting is when it is left out, given those before it.
double absent_value(const SettingRule& rule, std::span<const Choice::Setting> before);
// The given settings, and of all others what they are when left out.
std::vector<Choice::Setting> with_defaults(std::span<const SettingRule> rules,
                                           std::span<const Choice::Setting> given);

// Rows of a table.
namespace rules {

constexpr SettingRule needed(std::string_view name, double low, double high) {
  return {name, SettingRule::Type::kWhole, low, high, SettingRule::Absent::kError, 0, {}};
}
constexpr SettingRule needed_number(std::string_view name, double low, double high) {
  return {name, SettingRule::Type::kNumber, low, high, SettingRule::Absent::kError, 0, {}};
}
constexpr SettingRule whole(std::string_view name, double low, double high, double otherwise) {
  return {name, SettingRule::Type::kWhole, low, high, SettingRule::Absent::kDefault, otherwise, {}};
}
constexpr SettingRule like_before(std::string_view name, SettingRule::Type type, double low,
                                  double high) {
  return {name, type, low, high, SettingRule::Absent::kLikeBefore, 0, {}};
}
constexpr SettingRule number(std::string_view name, double low, double high, double otherwise) {
  return {name, SettingRule::Type::kNumber, low, high, SettingRule::Absent::kDefault, otherwise,
          {}};
}
// The first word is what it is when it is left out.
constexpr SettingRule word(std::string_view name, std::span<const std::string_view> words) {
  return {name, SettingRule::Type::kWord, 0, 0, SettingRule::Absent::kDefault, 0, words};
}
constexpr SettingRule flag(std::string_view name, bool otherwise) {
  return {name, SettingRule::Type::kSwitch,    0,
          1,    SettingRule::Absent::kDefault, otherwise ? 1.0 : 0.0,
          {}};
}

}  // namespace rules

}  // namespace deai::task
