#pragma once

#include <memory>

#include "nn/layer.h"
#include "task/task.h"

namespace deai::model {

// The layer that a row of the table in layers.cpp makes of a layer of task.json; not yet bound.
std::unique_ptr<nn::Layer> make_layer(const task::Layer& layer);

}  // namespace deai::model
