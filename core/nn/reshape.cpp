#include "ops/reshape.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "nn/layers.h"
#include "ops/slice.h"

namespace deai::nn {

namespace {

// A sample's shape behind the number of samples, or with another last axis.
using Extents = std::array<Index, Shape::kMaxRank>;

}  // namespace

Shape Reshape::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.size() != shape_.size()) {
    binding.refuse("reshape", text("its input ", input.to_string(), " has ", input.size(),
                                   " numbers, expected ", shape_.size(), ' ', shape_.to_string()));
  }
  binding.pixels = input.rank() == 3 && shape_.rank() == 1 ? input[0] * input[1] : 1;
  return shape_;
}

Variable Reshape::forward(Context& context, const ParameterView& /*parameters*/,
                          std::span<Variable> inputs) const {
  Extents extents{inputs.front().shape()[0]};
  std::ranges::copy(shape_.extents(), extents.begin() + 1);
  const auto rank = static_cast<std::size_t>(shape_.rank()) + 1;
  return ops::reshape(context, inputs.front(), Shape(std::span(extents).first(rank)));
}

Shape Slice::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (first_ < 0 || count_ < 1 || count_ > input[-1] - first_) {
    binding.refuse("slice", text(count_, " from ", first_,
                                 " on do not lie within the last axis of ", input.to_string()));
  }
  Extents extents{};
  std::ranges::copy(input.extents(), extents.begin());
  const std::span<Index> used = std::span(extents).first(input.extents().size());
  used.back() = count_;
  binding.pixels = 1;
  return Shape(used);
}

Variable Slice::forward(Context& context, const ParameterView& /*parameters*/,
                        std::span<Variable> inputs) const {
  return ops::slice(context, inputs.front(), first_, count_);
}

}  // namespace deai::nn
