#include "ops/upsample2d.h"

#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Upsample2d::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() != 3 || input.size() < 1) {
    binding.refuse("upsample2d", text("expected an image [H, W, C], got ", input.to_string()));
  }
  constexpr double kMostPixels = 1 << 26;  // more would overflow, and fit no page's memory
  const double factor = static_cast<double>(factor_);
  if (factor < 1 || factor * factor * static_cast<double>(input.size()) > kMostPixels) {
    binding.refuse("upsample2d",
                   text("a factor of ", factor_, " is too much for the image ", input.to_string()));
  }
  return {input[0] * factor_, input[1] * factor_, input[2]};
}

Variable Upsample2d::forward(Context& context, const ParameterView& /*parameters*/,
                             std::span<Variable> inputs) const {
  return ops::upsample2d(context, inputs.front(),
                         {.factor = {factor_, factor_}, .bilinear = bilinear_});
}

}  // namespace deai::nn
