#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "task/task.h"

// The explicit table of the layers that task.json can name and of their settings. What they
// compute stands in model/layers.cpp, which has a row for each.
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

struct LayerKind {
  std::string_view name;
  std::uint32_t fewest_inputs;
  std::uint32_t most_inputs;
  std::span<const SettingRule> settings;  // kLikeBefore: as the one just before it
};

std::span<const LayerKind> layer_kinds();
// The row of a kind; throws Error{kInternal} where there is none.
const LayerKind& layer_kind(std::string_view name);
// What a setting is when it is left out, given those before it.
double absent_value(const SettingRule& rule, std::span<const Layer::Setting> before);

}  // namespace deai::task
