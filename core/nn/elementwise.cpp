#include <utility>

#include "nn/layers.h"

namespace deai::nn {

Shape Elementwise::bind(Binding& /*binding*/, std::span<const Shape> inputs) {
  return inputs.front();
}

Variable Elementwise::forward(Context& context, const ParameterView& /*parameters*/,
                              std::span<Variable> inputs) const {
  return op_(context, std::move(inputs.front()), number_);
}

}  // namespace deai::nn
