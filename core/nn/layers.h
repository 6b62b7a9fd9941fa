#pragma once

#include <array>

#include "nn/layer.h"

namespace deai::nn {

struct DenseSettings {
  Index units = 1;
  bool bias = true;
};

// y = x·wᵀ + b along the last axis. Samples of rank 1 or 2. Weight [units, inputs], bias [units].
class Dense final : public Layer {
 public:
  explicit Dense(const DenseSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  Index weight() const override { return weight_; }

 private:
  DenseSettings settings_;
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

struct Pool2dSettings {
  std::array<Index, 2> kernel{2, 2};
  std::array<Index, 2> stride{2, 2};
  std::array<Index, 2> padding{0, 0};  // at most half of the kernel
};

// The largest of each window. Samples [H, W, C] → [H', W', C].
class MaxPool2d final : public Layer {
 public:
  explicit MaxPool2d(const Pool2dSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Pool2dSettings settings_;
};

// The mean of each window, zeros of the padding counted. Samples [H, W, C] → [H', W', C].
class AvgPool2d final : public Layer {
 public:
  explicit AvgPool2d(const Pool2dSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Pool2dSettings settings_;
};

// The mean of all pixels. Samples [H, W, C] → [C].
class GlobalAvgPool2d final : public Layer {
 public:
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
};

// An op on every element, or on every sample as it is: the shape stays.
class Elementwise final : public Layer {
 public:
  using Op = Variable (*)(autograd::Context& context, Variable x);
  explicit Elementwise(Op op) : op_(op) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

 private:
  Op op_;
};

// Sets elements to zero with probability `rate` while training.
class Dropout final : public Layer {
 public:
  explicit Dropout(real rate) : rate_(rate) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;

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

// The sum of several results of one shape.
class Add final : public Layer {
 public:
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
};

}  // namespace deai::nn
