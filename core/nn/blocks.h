#pragma once

#include <array>

#include "nn/chain.h"
#include "nn/layers.h"
#include "nn/norm.h"

namespace deai::nn {

struct SeparableConv2dSettings {
  Index filters = 1;
  Conv2dSettings depthwise;  // filters, groups and bias follow
  bool bias = true;
};

// A convolution of each channel alone (depthwise), then one of single pixels (pointwise). Samples
// [H, W, C] → [H', W', filters].
class SeparableConv2d final : public Layer {
 public:
  explicit SeparableConv2d(const SeparableConv2dSettings& settings);
  Shape bind(Binding& binding, std::span<const Shape> inputs) override {
    return chain_.bind(binding, inputs.front());
  }
  void initialise(Random& random, const FirstWeights& first) const override {
    chain_.initialise(random, first);
  }
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override {
    return chain_.forward(context, parameters, std::move(inputs.front()));
  }

 private:
  Chain chain_;
};

struct ResidualSettings {
  Index filters = 1;
  Index kernel = 3;  // odd
  Index stride = 1;  // of the first convolution with a kernel
  Index expand = 1;  // of InvertedResidual: how many times the channels there are in between
  enum class Normalise : std::uint8_t { kBatch, kGroup, kNone };
  Normalise norm = Normalise::kBatch;
  Index groups = 1;  // of kGroup
  Elementwise::Op activation = nullptr;
};

// What two blocks have in common: a way through layers and one past them, added.
class Residual : public Layer {
 public:
  explicit Residual(const ResidualSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 protected:
  // Fills way_, and past_ or skips_, for an image [H, W, C].
  virtual void build(Index channels) = 0;
  struct Names {
    std::string_view conv;
    std::string_view norm;
  };
  // A convolution and the norm behind it.
  void convolve(Chain& chain, const Names& names, const Conv2dSettings& conv) const;
  void activate(Chain& chain) const;

  ResidualSettings settings_;
  Chain way_;
  Chain past_;          // what brings the input to the result's shape; empty: it has it
  bool adds_ = true;    // false: there is no way past
  bool active_ = true;  // the sum is activated
};

// Two convolutions and, past them, the input, or a convolution of single pixels where the shape
// changes: He et al., "Deep residual learning for image recognition" (2015), figure 2. Parameters
// are named as in torchvision's BasicBlock.
class ResidualBlock final : public Residual {
 public:
  using Residual::Residual;

 private:
  void build(Index channels) override;
};

// To more channels, a depthwise convolution, back to few; past them the input where the shape stays:
// Sandler et al., "MobileNetV2" (2018), figure 3. Parameters are named as in torchvision.
class InvertedResidual final : public Residual {
 public:
  using Residual::Residual;

 private:
  void build(Index channels) override;
};

}  // namespace deai::nn
