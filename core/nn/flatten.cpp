#include "ops/flatten.h"

#include "nn/layers.h"

namespace deai::nn {

Shape Flatten::bind(ParameterLayout& /*layout*/, std::string_view /*name*/, const Shape& input) {
  return {input.size()};
}

Variable Flatten::forward(Context& context, const ParameterView& /*parameters*/,
                          const Variable& x) const {
  return ops::flatten(context, x);
}

}  // namespace deai::nn
