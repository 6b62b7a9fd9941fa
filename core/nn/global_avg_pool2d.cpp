#include "ops/global_avg_pool2d.h"

#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape GlobalAvgPool2d::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() != 3 || input.size() < 1) {
    binding.refuse("global_avg_pool2d",
                   text("expected an image [H, W, C], got ", input.to_string()));
  }
  return {input[2]};
}

Variable GlobalAvgPool2d::forward(Context& context, const ParameterView& /*parameters*/,
                                  std::span<Variable> inputs) const {
  return ops::global_avg_pool2d(context, inputs.front());
}

}  // namespace deai::nn
