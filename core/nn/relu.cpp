#include "ops/relu.h"

#include "nn/layers.h"

namespace deai::nn {

Shape Relu::bind(ParameterLayout& /*layout*/, std::string_view /*name*/, const Shape& input) {
  return input;
}

Variable Relu::forward(Context& context, const ParameterView& /*parameters*/,
                       const Variable& x) const {
  return ops::relu(context, x);
}

}  // namespace deai::nn
