#include "model/layers.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "nn/blocks.h"
#include "nn/layers.h"
#include "nn/norm.h"
#include "nn/recurrent.h"
#include "nn/sequence.h"
#include "ops/add.h"
#include "ops/gelu.h"
#include "ops/hard_swish.h"
#include "ops/leaky_relu.h"
#include "ops/multiply.h"
#include "ops/relu.h"
#include "ops/scale.h"
#include "ops/sigmoid.h"
#include "ops/silu.h"
#include "ops/softmax.h"
#include "ops/tanh.h"

// The explicit table from what task.json names (task/layer_kinds.cpp) to what core/nn has.
namespace deai::model {
namespace {

using LayerPtr = std::unique_ptr<nn::Layer>;
using task::Layer;

std::array<Index, 2> square(const Layer& layer, std::string_view setting) {
  const Index extent = layer.whole(setting);
  return {extent, extent};
}

real number(const Layer& layer, std::string_view setting) {
  return static_cast<real>(layer.number(setting));
}

// Of a word: the place-th of what the words stand for, in the table's order.
template <typename Value, std::size_t count>
Value chosen(const Layer& layer, std::string_view setting, const Value (&values)[count]) {
  return values[static_cast<std::size_t>(layer.number(setting))];
}

nn::LoraSettings lora(const Layer& layer) {
  return {.rank = layer.whole("lora_rank"), .alpha = number(layer, "lora_alpha")};
}

LayerPtr dense(const Layer& layer) {
  return std::make_unique<nn::Dense>(nn::DenseSettings{
      .units = layer.whole("units"), .bias = layer.flag("bias"), .lora = lora(layer)});
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

LayerPtr separable_conv2d(const Layer& layer) {
  return std::make_unique<nn::SeparableConv2d>(
      nn::SeparableConv2dSettings{.filters = layer.whole("filters"),
                                  .depthwise = conv2d_settings(layer),
                                  .bias = layer.flag("bias")});
}

LayerPtr conv_transpose2d(const Layer& layer) {
  return std::make_unique<nn::ConvTranspose2d>(
      nn::ConvTranspose2dSettings{.filters = layer.whole("filters"),
                                  .kernel = square(layer, "kernel"),
                                  .stride = square(layer, "stride"),
                                  .padding = square(layer, "padding"),
                                  .output_padding = square(layer, "output_padding"),
                                  .dilation = square(layer, "dilation"),
                                  .groups = layer.whole("groups"),
                                  .bias = layer.flag("bias")});
}

template <nn::Pool2d::Kind kKind>
LayerPtr pool2d(const Layer& layer) {
  return std::make_unique<nn::Pool2d>(kKind,
                                      ops::Pool2dOptions{.kernel = square(layer, "size"),
                                                         .stride = square(layer, "stride"),
                                                         .padding = square(layer, "padding")});
}

LayerPtr upsample2d(const Layer& layer) {
  return std::make_unique<nn::Upsample2d>(layer.whole("factor"), layer.flag("mode"));
}

LayerPtr dropout(const Layer& layer) {
  return std::make_unique<nn::Dropout>(number(layer, "rate"));
}

// The op as a layer takes it, without a number.
template <auto op>
autograd::Variable plainly(autograd::Context& context, autograd::Variable x, real) {
  return op(context, std::move(x));
}

template <auto op>
LayerPtr elementwise(const Layer&) {
  return std::make_unique<nn::Elementwise>(plainly<op>);
}

autograd::Variable gelu(autograd::Context& context, autograd::Variable x, real tanh) {
  return ops::gelu(context, x, tanh != 0 ? ops::Gelu::kTanh : ops::Gelu::kExact);
}

// With its only setting.
template <auto op>
LayerPtr elementwise_with(const Layer& layer) {
  return std::make_unique<nn::Elementwise>(
      [](autograd::Context& context, autograd::Variable x, real number) {
        return op(context, std::move(x), number);
      },
      static_cast<real>(layer.settings.front().value));
}

template <nn::NormSettings::Kind kind>
LayerPtr norm(const Layer& layer) {
  using Kind = nn::NormSettings::Kind;
  nn::NormSettings settings{.kind = kind, .epsilon = number(layer, "epsilon")};
  if (kind == Kind::kGroup) settings.groups = layer.whole("groups");
  if (kind == Kind::kBatch) settings.momentum = number(layer, "momentum");
  return std::make_unique<nn::Norm>(settings);
}

nn::ResidualSettings residual_settings(const Layer& layer) {
  using Normalise = nn::ResidualSettings::Normalise;
  static constexpr Normalise kNorms[] = {Normalise::kBatch, Normalise::kGroup, Normalise::kNone};
  static constexpr nn::Elementwise::Op kActivations[] = {plainly<ops::relu>, plainly<ops::silu>,
                                                         plainly<ops::hard_swish>};
  return {.filters = layer.whole("filters"),
          .kernel = layer.whole("kernel"),
          .stride = layer.whole("stride"),
          .norm = chosen(layer, "norm", kNorms),
          .groups = layer.whole("groups"),
          .activation = chosen(layer, "activation", kActivations)};
}

LayerPtr residual_block(const Layer& layer) {
  return std::make_unique<nn::ResidualBlock>(residual_settings(layer));
}

LayerPtr inverted_residual(const Layer& layer) {
  nn::ResidualSettings settings = residual_settings(layer);
  settings.expand = layer.whole("expand");
  return std::make_unique<nn::InvertedResidual>(settings);
}

LayerPtr embedding(const Layer& layer) {
  return std::make_unique<nn::Embedding>(layer.whole("tokens"), layer.whole("width"));
}

nn::AttentionSettings attention_settings(const Layer& layer) {
  return {.heads = layer.whole("heads"),
          .kv_heads = layer.whole("kv_heads"),
          .causal = layer.flag("causal"),
          .rotary = layer.flag("rotary"),
          .bias = layer.flag("bias"),
          .lora = lora(layer)};
}

LayerPtr attention(const Layer& layer) {
  return std::make_unique<nn::Attention>(attention_settings(layer));
}

autograd::Variable gelu_tanh(autograd::Context& context, autograd::Variable x) {
  return ops::gelu(context, x, ops::Gelu::kTanh);
}
autograd::Variable gelu_exact(autograd::Context& context, autograd::Variable x) {
  return ops::gelu(context, x, ops::Gelu::kExact);
}

LayerPtr transformer_block(const Layer& layer) {
  using Kind = nn::NormSettings::Kind;
  static constexpr Kind kNorms[] = {Kind::kLayer, Kind::kRms};
  static constexpr nn::Elementwise::Op kActivations[] = {plainly<gelu_exact>, plainly<gelu_tanh>,
                                                         plainly<ops::relu>, plainly<ops::silu>};
  return std::make_unique<nn::TransformerBlock>(nn::TransformerBlockSettings{
      .attention = attention_settings(layer),
      .mlp = layer.whole("mlp"),
      .norm = {.kind = chosen(layer, "norm", kNorms), .epsilon = number(layer, "epsilon")},
      .activation = chosen(layer, "activation", kActivations),
      .dropout = number(layer, "dropout")});
}

LayerPtr recurrent(const Layer& layer) {
  return std::make_unique<nn::Recurrent>(nn::RecurrentSettings{.lstm = layer.kind == "lstm",
                                                               .units = layer.whole("units"),
                                                               .only_last = layer.flag("returns")});
}

// [channels], [width, channels] or [height, width, channels]: 0 is left out.
LayerPtr reshape(const Layer& layer) {
  std::array<Index, 3> extents{};
  std::size_t rank = 0;
  for (const char* const setting : {"height", "width", "channels"}) {
    if (layer.whole(setting) > 0) extents[rank++] = layer.whole(setting);
  }
  return std::make_unique<nn::Reshape>(Shape(std::span<const Index>(extents.data(), rank)));
}

LayerPtr slice(const Layer& layer) {
  return std::make_unique<nn::Slice>(layer.whole("first"), layer.whole("count"));
}

LayerPtr add(const Layer&) { return std::make_unique<nn::Merge>("add", ops::add); }
LayerPtr multiply(const Layer&) { return std::make_unique<nn::Merge>("multiply", ops::multiply); }

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
    {"separable_conv2d", separable_conv2d},
    {"conv_transpose2d", conv_transpose2d},
    {"residual_block", residual_block},
    {"inverted_residual", inverted_residual},
    {"embedding", embedding},
    {"positional_embedding", plain<nn::PositionalEmbedding>},
    {"attention", attention},
    {"transformer_block", transformer_block},
    {"gru", recurrent},
    {"lstm", recurrent},
    {"max_pool2d", pool2d<nn::Pool2d::Kind::kMax>},
    {"avg_pool2d", pool2d<nn::Pool2d::Kind::kAverage>},
    {"global_avg_pool2d", plain<nn::GlobalAvgPool2d>},
    {"upsample2d", upsample2d},
    {"relu", elementwise<ops::relu>},
    {"leaky_relu", elementwise_with<ops::leaky_relu>},
    {"gelu", elementwise_with<gelu>},
    {"silu", elementwise<ops::silu>},
    {"hard_swish", elementwise<ops::hard_swish>},
    {"sigmoid", elementwise<ops::sigmoid>},
    {"tanh", elementwise<ops::tanh>},
    {"softmax", elementwise<ops::softmax>},
    {"scale", elementwise_with<ops::scale>},
    {"layer_norm", norm<nn::NormSettings::Kind::kLayer>},
    {"rms_norm", norm<nn::NormSettings::Kind::kRms>},
    {"group_norm", norm<nn::NormSettings::Kind::kGroup>},
    {"batch_norm", norm<nn::NormSettings::Kind::kBatch>},
    {"dropout", dropout},
    {"flatten", plain<nn::Flatten>},
    {"reshape", reshape},
    {"slice", slice},
    {"add", add},
    {"multiply", multiply},
    {"concat", plain<nn::Concat>},
};

}  // namespace

std::unique_ptr<nn::Layer> make_layer(const Layer& layer) {
  for (const Row& row : kRows) {
    if (row.kind == layer.kind) return row.make(layer);
  }
  fail(ErrorCode::kInternal, text("no layer is made of the kind ", layer.kind));
}

}  // namespace deai::model
