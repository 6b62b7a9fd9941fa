#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/shape.h"
#include "nn/layer.h"
#include "task/task.h"

namespace deai::model {

// What the table in layers.cpp knows of one layer that task.json names.
struct LayerEntry {
  std::string_view kind;  // its name in task.json
  // How many weights it will have on samples of the shape asked for; at least that many where
  // it will refuse the shape. Known before anything of that size is made, and never overflows.
  std::uint64_t weights;
  std::unique_ptr<nn::Layer> layer;  // not yet bound
};

LayerEntry layer_entry(const task::Layer& layer, const Shape& input);

}  // namespace deai::model
