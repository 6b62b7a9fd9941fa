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
  Index filters = 1;
  std::array<Index, 2> kernel{3, 3};
  std::array<Index, 2> stride{1, 1};
  std::array<Index, 2> padding{0, 0};  // zeros on both sides
  std::array<Index, 2> dilation{1, 1};
};

// Samples [H, W, C] → [H', W', filters]. Weight [filters, kernel, kernel, C], bias [filters].
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

struct MaxPool2dSettings {
  std::array<Index, 2> kernel{2, 2};
  std::array<Index, 2> stride{2, 2};
  std::array<Index, 2> padding{0, 0};
};

// Samples [H, W, C] → [H', W', C].
class MaxPool2d final : public Layer {
 public:
  explicit MaxPool2d(const MaxPool2dSettings& settings) : settings_(settings) {}
  Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) override;
  Variable forward(Context& context, const ParameterView& parameters,
                   const Variable& x) const override;

 private:
  MaxPool2dSettings settings_;
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
