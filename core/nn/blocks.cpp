#include "nn/blocks.h"

#include "base/error.h"
#include "ops/add.h"

namespace deai::nn {

using Normalise = ResidualSettings::Normalise;

SeparableConv2d::SeparableConv2d(const SeparableConv2dSettings& settings) {
  Conv2dSettings depthwise = settings.depthwise;
  depthwise.bias = false;  // the one behind it can say the same
  chain_.add("depthwise", std::make_unique<DepthwiseConv2d>(depthwise, 1));
  chain_.add("pointwise",
             std::make_unique<Conv2d>(Conv2dSettings{
                 .filters = settings.filters, .kernel = {1, 1}, .bias = settings.bias}));
}

void Residual::convolve(Chain& chain, const Names& names, const Conv2dSettings& conv) const {
  Conv2dSettings own = conv;
  own.bias = settings_.norm == Normalise::kNone;  // a norm's bias says the same
  chain.add(names.conv, std::make_unique<Conv2d>(own));
  if (settings_.norm == Normalise::kNone) return;
  const bool batch = settings_.norm == Normalise::kBatch;
  using Kind = NormSettings::Kind;
  chain.add(names.norm,
            std::make_unique<Norm>(NormSettings{.kind = batch ? Kind::kBatch : Kind::kGroup,
                                                .groups = settings_.groups}));
}

void Residual::activate(Chain& chain) const {
  chain.add("", std::make_unique<Elementwise>(settings_.activation));
}

Shape Residual::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() != 3) {
    fail(ErrorCode::kTask,
         text("layer ", binding.name, ": expected an image [H, W, C], got ", input.to_string()));
  }
  way_ = {};
  past_ = {};
  build(input[2]);
  const Shape result = way_.bind(binding, input);
  if (!past_.empty()) past_.bind(binding, input);
  return result;
}

void Residual::initialise(Random& random, const FirstWeights& first) const {
  way_.initialise(random, first);
  past_.initialise(random, first);
}

Variable Residual::forward(Context& context, const ParameterView& parameters,
                           std::span<Variable> inputs) const {
  Variable x = std::move(inputs.front());
  Variable y = way_.forward(context, parameters, adds_ ? x : std::move(x));
  if (!adds_) return y;
  y = ops::add(context, y, past_.forward(context, parameters, std::move(x)));
  return active_ ? settings_.activation(context, std::move(y), 0) : y;
}

void ResidualBlock::build(Index channels) {
  const auto& [filters, kernel, stride, expand, norm, groups, activation] = settings_;
  Conv2dSettings conv{.filters = filters,
                      .kernel = {kernel, kernel},
                      .stride = {stride, stride},
                      .padding = {kernel / 2, kernel / 2}};
  convolve(way_, {"conv1", "bn1"}, conv);
  activate(way_);
  conv.stride = {1, 1};
  convolve(way_, {"conv2", "bn2"}, conv);
  if (stride == 1 && channels == filters) return;
  convolve(past_, {"downsample.0", "downsample.1"},
           {.filters = filters, .kernel = {1, 1}, .stride = {stride, stride}});
}

void InvertedResidual::build(Index channels) {
  const auto& [filters, kernel, stride, expand, norm, groups, activation] = settings_;
  const Index wide = channels * expand;
  const bool expands = expand > 1;
  if (expands) {
    convolve(way_, {"conv.0.0", "conv.0.1"}, {.filters = wide, .kernel = {1, 1}});
    activate(way_);
  }
  const Names depthwise = expands ? Names{"conv.1.0", "conv.1.1"} : Names{"conv.0.0", "conv.0.1"};
  convolve(way_, depthwise,
           {.filters = wide,
            .kernel = {kernel, kernel},
            .stride = {stride, stride},
            .padding = {kernel / 2, kernel / 2},
            .groups = wide});
  activate(way_);
  convolve(way_, expands ? Names{"conv.2", "conv.3"} : Names{"conv.1", "conv.2"},
           {.filters = filters, .kernel = {1, 1}});
  adds_ = stride == 1 && channels == filters;
  active_ = false;
}

}  // namespace deai::nn
