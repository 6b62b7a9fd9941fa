#include "ops/add.h"

#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Add::bind(Binding& binding, std::span<const Shape> inputs) {
  for (const Shape& input : inputs) {
    if (input != inputs.front()) {
      binding.refuse("add", text("its inputs ", inputs.front().to_string(), " and ",
                                 input.to_string(), " differ"));
    }
  }
  return inputs.front();
}

Variable Add::forward(Context& context, const ParameterView& /*parameters*/,
                      std::span<Variable> inputs) const {
  Variable sum = inputs[0];
  for (const Variable& input : inputs.subspan(1)) sum = ops::add(context, sum, input);
  return sum;
}

}  // namespace deai::nn
