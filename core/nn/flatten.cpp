#include "ops/flatten.h"

#include "nn/layers.h"

namespace deai::nn {

Shape Flatten::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() == 3) binding.pixels = input[0] * input[1];
  return {input.size()};
}

Variable Flatten::forward(Context& context, const ParameterView& /*parameters*/,
                          std::span<Variable> inputs) const {
  return ops::flatten(context, inputs.front());
}

}  // namespace deai::nn
