#pragma once

#include <array>

#include "nn/layer.h"

namespace deai::nn {

// y = x·wᵀ + b. Weight [units, inputs], bias [units]. Samples of rank 1.
class Dense final : public Layer {
 public:
  explicit Dense(Index units) : units_(units) {}
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  void initialise(Random& random, std::span<real> weights) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;

 private:
  Index units_;
  Shape weight_shape_;
  Index weight_ = 0;
  Index bias_ = 0;
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
};

// Samples [H, W, C] → [H', W', filters]. Weight [filters, kernel, kernel, C / groups], bias
// [filters].
class Conv2d final : public Layer {
 public:
  explicit Conv2d(const Conv2dSettings& settings) : settings_(settings) {}
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  void initialise(Random& random, std::span<real> weights) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;

 private:
  Conv2dSettings settings_;
  Shape weight_shape_;
  Index weight_ = 0;
  Index bias_ = 0;
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
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;

 private:
  Pool2dSettings settings_;
};

// The mean of each window, zeros of the padding counted. Samples [H, W, C] → [H', W', C].
class AvgPool2d final : public Layer {
 public:
  explicit AvgPool2d(const Pool2dSettings& settings) : settings_(settings) {}
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;

 private:
  Pool2dSettings settings_;
};

// The mean of all pixels. Samples [H, W, C] → [C].
class GlobalAvgPool2d final : public Layer {
 public:
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;
};

class Relu final : public Layer {
 public:
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;
};

// Sets elements to zero with probability `rate` while training.
class Dropout final : public Layer {
 public:
  explicit Dropout(real rate) : rate_(rate) {}
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;

 private:
  real rate_;
};

// Samples of any shape → rank 1.
class Flatten final : public Layer {
 public:
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;
};

}  // namespace deai::nn
