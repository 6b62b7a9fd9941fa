#include "ops/dropout.h"

#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Dropout::bind(Binding& binding, std::span<const Shape> inputs) {
  if (!(rate_ >= 0 && rate_ < 1)) {
    binding.refuse("dropout", text("the rate must be at least 0 and below 1, got ", rate_));
  }
  return inputs.front();
}

Variable Dropout::forward(Context& context, const ParameterView& /*parameters*/,
                          std::span<Variable> inputs) const {
  return ops::dropout(context, inputs.front(), rate_);
}

}  // namespace deai::nn
