#include <algorithm>
#include <array>

#include "base/error.h"
#include "nn/layers.h"
#include "ops/concat.h"

namespace deai::nn {

Shape Merge::bind(Binding& binding, std::span<const Shape> inputs) {
  for (const Shape& input : inputs) {
    if (input != inputs.front()) {
      binding.refuse(kind_, text("its inputs ", inputs.front().to_string(), " and ",
                                 input.to_string(), " differ"));
    }
  }
  return inputs.front();
}

Variable Merge::forward(Context& context, const ParameterView& /*parameters*/,
                        std::span<Variable> inputs) const {
  Variable merged = inputs[0];
  for (const Variable& input : inputs.subspan(1)) merged = op_(context, merged, input);
  return merged;
}

Shape Concat::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& first = inputs.front();
  std::array<Index, Shape::kMaxRank> extents{};
  std::ranges::copy(first.extents(), extents.begin());
  const std::size_t last = first.extents().size() - 1;
  extents[last] = 0;
  binding.pixels = 1;
  for (const Shape& input : inputs) {
    if (input.rank() != first.rank() ||
        !std::ranges::equal(input.extents().first(last), first.extents().first(last))) {
      binding.refuse("concat", text("its inputs ", first.to_string(), " and ", input.to_string(),
                                    " differ in more than the last axis"));
    }
    extents[last] += input[-1];
    // Here and not after the loop: many large extents would overflow.
    static_cast<void>(Shape(std::span(extents).first(last + 1)));
  }
  return Shape(std::span(extents).first(last + 1));
}

Variable Concat::forward(Context& context, const ParameterView& /*parameters*/,
                         std::span<Variable> inputs) const {
  return ops::concat(context, inputs);
}

}  // namespace deai::nn
