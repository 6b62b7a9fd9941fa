#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape DepthwiseConv2d::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() != 3) {
    binding.refuse("depthwise_conv2d",
                   text("expected an image [H, W, C], got ", input.to_string()));
  }
  constexpr double kMostFilters = 1 << 26;  // more would be more weights than a model may have
  if (static_cast<double>(input[2]) * static_cast<double>(multiplier_) > kMostFilters) {
    binding.refuse("depthwise_conv2d",
                   text("the image ", input.to_string(), " has too many channels"));
  }
  settings_.kind = "depthwise_conv2d";
  settings_.groups = input[2];
  settings_.filters = input[2] * multiplier_;
  conv_ = Conv2d(settings_);
  return conv_.bind(binding, inputs);
}

}  // namespace deai::nn
