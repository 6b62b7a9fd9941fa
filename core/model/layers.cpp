#include "model/layers.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "nn/layers.h"
#include "ops/relu.h"

// The explicit table from what task.json names (task/layer_kinds.cpp) to what core/nn has.
namespace deai::model {
namespace {

using LayerPtr = std::unique_ptr<nn::Layer>;
using task::Layer;

std::array<Index, 2> square(const Layer& layer, std::string_view setting) {
  const Index extent = layer.whole(setting);
  return {extent, extent};
}

LayerPtr dense(const Layer& layer) {
  return std::make_unique<nn::Dense>(
      nn::DenseSettings{.units = layer.whole("units"), .bias = layer.flag("bias")});
}

nn::Conv2dSettings conv2d_settings(const Layer& layer) {
  nn::Conv2dSettings settings;
  settings.kernel = square(layer, "kernel");
  settings.stride = square(layer, "stride");
  settings.padding = square(layer, "padding");
  settings.dilation = square(layer, "dilation");
  settings.bias = layer.flag("bias");
  return settings;
}

LayerPtr conv2d(const Layer& layer) {
  nn::Conv2dSettings settings = conv2d_settings(layer);
  settings.filters = layer.whole("filters");
  settings.groups = layer.whole("groups");
  return std::make_unique<nn::Conv2d>(settings);
}

LayerPtr depthwise_conv2d(const Layer& layer) {
  return std::make_unique<nn::DepthwiseConv2d>(conv2d_settings(layer), layer.whole("multiplier"));
}

template <typename Pool>
LayerPtr pool2d(const Layer& layer) {
  return std::make_unique<Pool>(nn::Pool2dSettings{.kernel = square(layer, "size"),
                                                   .stride = square(layer, "stride"),
                                                   .padding = square(layer, "padding")});
}

LayerPtr dropout(const Layer& layer) {
  return std::make_unique<nn::Dropout>(static_cast<real>(layer.number("rate")));
}

template <auto op>
LayerPtr elementwise(const Layer&) {
  return std::make_unique<nn::Elementwise>(
      [](autograd::Context& context, autograd::Variable x) { return op(context, std::move(x)); });
}

template <typename Plain>
LayerPtr plain(const Layer&) {
  return std::make_unique<Plain>();
}

struct Row {
  std::string_view kind;
  LayerPtr (*make)(const Layer& layer);
};

constexpr Row kRows[] = {
    {"dense", dense},
    {"conv2d", conv2d},
    {"depthwise_conv2d", depthwise_conv2d},
    {"max_pool2d", pool2d<nn::MaxPool2d>},
    {"avg_pool2d", pool2d<nn::AvgPool2d>},
    {"global_avg_pool2d", plain<nn::GlobalAvgPool2d>},
    {"relu", elementwise<ops::relu>},
    {"dropout", dropout},
    {"flatten", plain<nn::Flatten>},
    {"add", plain<nn::Add>},
};

}  // namespace

std::unique_ptr<nn::Layer> make_layer(const Layer& layer) {
  for (const Row& row : kRows) {
    if (row.kind == layer.kind) return row.make(layer);
  }
  fail(ErrorCode::kInternal, text("no layer is made of the kind ", layer.kind));
}

}  // namespace deai::model
