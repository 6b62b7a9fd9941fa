#include "model/layers.h"

#include "nn/layers.h"

// The explicit table from what task.json names to what core/nn has: one row per layer. task::parse
// has bounded every setting, so that the products here stay below 2^63.
namespace deai::model {
namespace {

std::uint64_t last_extent(const Shape& shape) {
  return shape.rank() == 0 ? 1 : static_cast<std::uint64_t>(shape[-1]);
}

LayerEntry row(const task::DenseLayer& dense, const Shape& input) {
  const auto units = static_cast<std::uint64_t>(dense.units);
  return {"dense", units * (last_extent(input) + 1), std::make_unique<nn::Dense>(dense.units)};
}

LayerEntry row(const task::Conv2dLayer& conv, const Shape& input) {
  const auto filters = static_cast<std::uint64_t>(conv.filters);
  const auto kernel = static_cast<std::uint64_t>(conv.kernel);
  const auto seen = last_extent(input) / static_cast<std::uint64_t>(conv.groups);
  nn::Conv2dSettings settings;
  settings.filters = conv.filters;
  settings.kernel = {conv.kernel, conv.kernel};
  settings.stride = {conv.stride, conv.stride};
  settings.padding = {conv.padding, conv.padding};
  settings.groups = conv.groups;
  return {"conv2d", filters * (kernel * kernel * seen + 1), std::make_unique<nn::Conv2d>(settings)};
}

// A convolution of as many groups as channels.
LayerEntry row(const task::DepthwiseConv2dLayer& conv, const Shape& input) {
  const std::uint64_t channels = last_extent(input);
  const std::uint64_t filters = channels * static_cast<std::uint64_t>(conv.multiplier);
  const auto kernel = static_cast<std::uint64_t>(conv.kernel);
  nn::Conv2dSettings settings;
  settings.kind = "depthwise_conv2d";
  // Too many for an Index are also more weights than any model may have.
  settings.filters = static_cast<Index>(filters);
  settings.kernel = {conv.kernel, conv.kernel};
  settings.stride = {conv.stride, conv.stride};
  settings.padding = {conv.padding, conv.padding};
  settings.groups = static_cast<Index>(channels);
  return {"depthwise_conv2d", filters * (kernel * kernel + 1),
          std::make_unique<nn::Conv2d>(settings)};
}

LayerEntry row(const task::MaxPool2dLayer& pool, const Shape&) {
  nn::Pool2dSettings settings;
  settings.kernel = {pool.size, pool.size};
  settings.stride = {pool.stride, pool.stride};
  return {"max_pool2d", 0, std::make_unique<nn::MaxPool2d>(settings)};
}

LayerEntry row(const task::AvgPool2dLayer& pool, const Shape&) {
  nn::Pool2dSettings settings;
  settings.kernel = {pool.size, pool.size};
  settings.stride = {pool.stride, pool.stride};
  settings.padding = {pool.padding, pool.padding};
  return {"avg_pool2d", 0, std::make_unique<nn::AvgPool2d>(settings)};
}

LayerEntry row(const task::GlobalAvgPool2dLayer&, const Shape&) {
  return {"global_avg_pool2d", 0, std::make_unique<nn::GlobalAvgPool2d>()};
}

LayerEntry row(const task::ReluLayer&, const Shape&) {
  return {"relu", 0, std::make_unique<nn::Relu>()};
}

LayerEntry row(const task::DropoutLayer& dropout, const Shape&) {
  return {"dropout", 0, std::make_unique<nn::Dropout>(static_cast<real>(dropout.rate))};
}

LayerEntry row(const task::FlattenLayer&, const Shape&) {
  return {"flatten", 0, std::make_unique<nn::Flatten>()};
}

}  // namespace

LayerEntry layer_entry(const task::Layer& layer, const Shape& input) {
  return std::visit([&](const auto& spec) { return row(spec, input); }, layer);
}

}  // namespace deai::model
