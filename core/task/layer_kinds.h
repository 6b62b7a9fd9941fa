#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "task/settings.h"

// The explicit table of the layers that task.json can name and of their settings. What they
// compute stands in model/layers.cpp, which has a row for each.
namespace deai::task {

struct LayerKind {
  std::string_view name;
  std::uint32_t fewest_inputs;
  std::uint32_t most_inputs;
  std::span<const SettingRule> settings;  // kLikeBefore: as the one just before it
};

std::span<const LayerKind> layer_kinds();
// The row of a kind; throws Error{kInternal} where there is none.
const LayerKind& layer_kind(std::string_view name);

}  // namespace deai::task
