#include "task/parse.h"

namespace deai::task {
namespace {

constexpr std::size_t kMaxLayers = 256;
constexpr std::uint64_t kLargestSeed = (std::uint64_t{1} << 53) - 1;  // exact in JavaScript

Layer read_dense(const json::Value& value) {
  const json::Fields fields(value, {"kind", "units"});
  return DenseLayer{read_index(fields["units"], 1, 65536)};
}

Layer read_conv2d(const json::Value& value) {
  const json::Fields fields(value, {"kind", "filters", "kernel", "stride", "padding", "groups"});
  Conv2dLayer layer;
  layer.filters = read_index(fields["filters"], 1, 4096);
  layer.kernel = read_index(fields["kernel"], 1, 64);
  layer.stride = read_index_or(fields["stride"], 1, 64, layer.stride);
  layer.padding = read_index_or(fields["padding"], 0, 64, layer.padding);
  layer.groups = read_index_or(fields["groups"], 1, 4096, layer.groups);
  return layer;
}

Layer read_depthwise_conv2d(const json::Value& value) {
  const json::Fields fields(value, {"kind", "kernel", "stride", "padding", "multiplier"});
  DepthwiseConv2dLayer layer;
  layer.kernel = read_index(fields["kernel"], 1, 64);
  layer.stride = read_index_or(fields["stride"], 1, 64, layer.stride);
  layer.padding = read_index_or(fields["padding"], 0, 64, layer.padding);
  layer.multiplier = read_index_or(fields["multiplier"], 1, 64, layer.multiplier);
  return layer;
}

Layer read_max_pool2d(const json::Value& value) {
  const json::Fields fields(value, {"kind", "size", "stride"});
  MaxPool2dLayer layer;
  layer.size = read_index(fields["size"], 1, 64);
  layer.stride = read_index_or(fields["stride"], 1, 64, layer.size);
  return layer;
}

Layer read_avg_pool2d(const json::Value& value) {
  const json::Fields fields(value, {"kind", "size", "stride", "padding"});
  AvgPool2dLayer layer;
  layer.size = read_index(fields["size"], 1, 64);
  layer.stride = read_index_or(fields["stride"], 1, 64, layer.size);
  layer.padding = read_index_or(fields["padding"], 0, 32, layer.padding);
  return layer;
}

Layer read_dropout(const json::Value& value) {
  const json::Fields fields(value, {"kind", "rate"});
  return DropoutLayer{fields["rate"].number(0, 0.99)};
}

template <typename Plain>
Layer read_plain(const json::Value& value) {
  json::Fields(value, {"kind"});
  return Plain{};
}

Layer read_layer(const json::Value& value) {
  static constexpr Kind<Layer> kKinds[] = {
      {"dense", read_dense},
      {"conv2d", read_conv2d},
      {"depthwise_conv2d", read_depthwise_conv2d},
      {"max_pool2d", read_max_pool2d},
      {"avg_pool2d", read_avg_pool2d},
      {"global_avg_pool2d", read_plain<GlobalAvgPool2dLayer>},
      {"relu", read_plain<ReluLayer>},
      {"dropout", read_dropout},
      {"flatten", read_plain<FlattenLayer>},
  };
  return read_kind<Layer>(value, kKinds);
}

constexpr double kSmallestRate = 1e-9;
constexpr double kLargestRate = 1000;

OptimizerSpec read_sgd(const json::Value& value) {
  const json::Fields fields(value, {"kind", "learning_rate", "momentum", "weight_decay"});
  SgdSpec sgd;
  sgd.learning_rate = fields["learning_rate"].number(kSmallestRate, kLargestRate);
  sgd.momentum = read_number_or(fields["momentum"], 0, 0.9999, sgd.momentum);
  sgd.weight_decay = read_number_or(fields["weight_decay"], 0, 10, sgd.weight_decay);
  return sgd;
}

OptimizerSpec read_adamw(const json::Value& value) {
  const json::Fields fields(value,
                            {"kind", "learning_rate", "beta1", "beta2", "epsilon", "weight_decay"});
  AdamWSpec adamw;
  adamw.learning_rate = fields["learning_rate"].number(kSmallestRate, kLargestRate);
  adamw.beta1 = read_number_or(fields["beta1"], 0, 0.9999, adamw.beta1);
  adamw.beta2 = read_number_or(fields["beta2"], 0, 0.9999, adamw.beta2);
  adamw.epsilon = read_number_or(fields["epsilon"], 1e-12, 1, adamw.epsilon);
  adamw.weight_decay = read_number_or(fields["weight_decay"], 0, 10, adamw.weight_decay);
  return adamw;
}

}  // namespace

ModelSpec read_model(const json::Value& value) {
  const json::Fields fields(value, {"seed", "layers"});
  ModelSpec model;
  model.seed = fields["seed"].whole(0, kLargestSeed);
  for (const json::Value& layer : fields["layers"].items(1, kMaxLayers)) {
    model.layers.push_back(read_layer(layer));
  }
  return model;
}

OptimizerSpec read_optimizer(const json::Value& value) {
  static constexpr Kind<OptimizerSpec> kKinds[] = {
      {"sgd", read_sgd},
      {"adamw", read_adamw},
  };
  return read_kind<OptimizerSpec>(value, kKinds);
}

}  // namespace deai::task
