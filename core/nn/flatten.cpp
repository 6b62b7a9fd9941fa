#include "ops/flatten.h"

#include "nn/layers.h"

namespace deai::nn {

Shape Flatten::bind(Binding& /*binding*/, std::span<const Shape> inputs) {
  return {inputs.front().size()};
}

Variable Flatten::forward(Context& context, const ParameterView& /*parameters*/,
                          std::span<Variable> inputs) const {
  return ops::flatten(context, inputs.front());
}

}  // namespace deai::nn
