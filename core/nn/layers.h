#pragma once

#include <array>
#include <string_view>

#include "nn/layer.h"
#include "nn/lora.h"
#include "ops/pool2d.h"

namespace deai::nn {

struct DenseSettings {
  Index units = 1;
  bool bias = true;
  LoraSettings lora{};        // with a rank: weight and bias are frozen
  std::string_view prefix{};  // of the parameters' names
};

// y = x·wᵀ + b along the last axis. Samples of rank 1 or 2. Weight [units, inputs], bias [units].
class Dense final : public Layer {
 public:
  explicit Dense(const DenseSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }
  Index weight() const override { return weight_; }

 private:
  DenseSettings settings_;
  Lora lora_;
  bool own_weight_ = true;
  Index weight_ = -1;
  Index bias_ = -1;
};

// Pairs are (vertical, horizontal).
struct Conv2dSettings {
  std::string_view kind = "conv2d";  // by which name errors speak of it
  Index filters = 1;
  std::array<Index, 2> kernel{3, 3};
  std::array<Index, 2> stride{1, 1};
  std::array<Index, 2> padding{0, 0};  // zeros on both sides
  std::array<Index, 2> dilation{1, 1};
  Index groups = 1;  // neighbouring channels and filters that see each other only
  bool bias = true;
};

// Samples [H, W, C] → [H', W', filters]. Weight [filters, kernel, kernel, C / groups], bias
// [filters].
class Conv2d final : public Layer {
 public:
  explicit Conv2d(const Conv2dSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Conv2dSettings settings_;
  Index weight_ = -1;
  Index bias_ = -1;
};

// As many filters as channels, or `multiplier` times as many; each sees one channel.
class DepthwiseConv2d final : public Layer {
 public:
  // filters and groups follow from the input.
  DepthwiseConv2d(const Conv2dSettings& settings, Index multiplier)
      : settings_(settings), multiplier_(multiplier), conv_({}) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override {
    conv_.initialise(random, first);
  }
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override {
    return conv_.forward(context, parameters, inputs);
  }

 private:
  Conv2dSettings settings_;
  Index multiplier_;
  Conv2d conv_;
};

struct ConvTranspose2dSettings {
  Index filters = 1;
  std::array<Index, 2> kernel{2, 2};
  std::array<Index, 2> stride{2, 2};
  std::array<Index, 2> padding{0, 0};
  std::array<Index, 2> output_padding{0, 0};  // rows and columns more, less than the stride
  std::array<Index, 2> dilation{1, 1};
  Index groups = 1;
  bool bias = true;
};

// What leads back through a convolution, as a layer that enlarges. Samples [H, W, C] →
// [H', W', filters]. Weight [C, kernel, kernel, filters / groups], bias [filters].
class ConvTranspose2d final : public Layer {
 public:
  explicit ConvTranspose2d(const ConvTranspose2dSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  ConvTranspose2dSettings settings_;
  Index weight_ = -1;
  Index bias_ = -1;
};

// The largest of each window, or their mean, in which zeros of the padding count. Samples [H, W, C] →
// [H', W', C].
class Pool2d final : public Layer {
 public:
  enum class Kind { kMax, kAverage };
  Pool2d(Kind kind, const ops::Pool2dOptions& options) : kind_(kind), options_(options) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Kind kind_;
  ops::Pool2dOptions options_;
};

// The mean of all pixels. Samples [H, W, C] → [C].
class GlobalAvgPool2d final : public Layer {
 public:
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
};

// `factor` times as many rows and columns: equal pixels, or means weighted by nearness. Samples
// [H, W, C] → [factor·H, factor·W, C].
class Upsample2d final : public Layer {
 public:
  Upsample2d(Index factor, bool bilinear) : factor_(factor), bilinear_(bilinear) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Index factor_;
  bool bilinear_;
};

// An op on every element, or on every sample as it is: the shape stays.
class Elementwise final : public Layer {
 public:
  // number: what the layer was made with (a slope, a factor); most ops need none.
  using Op = Variable (*)(autograd::Context& context, Variable x, real number);
  explicit Elementwise(Op op, real number = 0) : op_(op), number_(number) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }

 private:
  Op op_;
  real number_;
};

// Sets elements to zero with probability `rate` while training.
class Dropout final : public Layer {
 public:
  explicit Dropout(real rate) : rate_(rate) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }

 private:
  real rate_;
};

// Samples of any shape → rank 1.
class Flatten final : public Layer {
 public:
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
};

// Samples of any shape → another one of equal size.
class Reshape final : public Layer {
 public:
  explicit Reshape(const Shape& shape) : shape_(shape) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Shape shape_;
};

// `count` of the last axis, from `first` on.
class Slice final : public Layer {
 public:
  Slice(Index first, Index count) : first_(first), count_(count) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }

 private:
  Index first_;
  Index count_;
};

// Several results of one shape → their sum, product, …
class Merge final : public Layer {
 public:
  using Op = Variable (*)(autograd::Context& context, const Variable& a, const Variable& b);
  // kind: by which name errors speak of it
  Merge(std::string_view kind, Op op) : kind_(kind), op_(op) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }

 private:
  std::string_view kind_;
  Op op_;
};

// Several results side by side along the last axis: [..., K1], [..., K2] → [..., K1 + K2].
class Concat final : public Layer {
 public:
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }
};

}  // namespace deai::nn
