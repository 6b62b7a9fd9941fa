#include "ops/conv2d.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/conv2d.h"
#include "nn/initialise.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Conv2d::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const auto& [kind, filters, kernel, stride, padding, dilation, groups, bias] = settings_;
  const auto refuse = [&](std::string_view reason) { binding.refuse(settings_.kind, reason); };
  if (std::min({filters, groups, kernel[0], kernel[1], stride[0], stride[1], dilation[0],
                dilation[1]}) < 1 ||
      std::min(padding[0], padding[1]) < 0) {
    refuse("filters, groups, kernel, stride and dilation must be at least 1, padding at least 0");
  }
  if (input.rank() != 3 || input.size() < 1) {
    refuse(text("expected an image [H, W, C], got ", input.to_string()));
  }
  if (input[2] % groups != 0 || filters % groups != 0) {
    refuse(text("groups must divide channels and filters: there are ", groups, " groups, ",
                input[2], " channels and ", filters, " filters"));
  }
  const Index height =
      kernels::window_count(input[0], kernel[0], stride[0], padding[0], dilation[0]);
  const Index width =
      kernels::window_count(input[1], kernel[1], stride[1], padding[1], dilation[1]);
  if (height < 1 || width < 1) {
    refuse(text("a kernel of ", kernel[0], "x", kernel[1], " does not fit into the image ",
                input.to_string()));
  }
  weight_ = binding.parameter("weight", {filters, kernel[0], kernel[1], input[2] / groups},
                              kernel[0] * kernel[1]);
  if (bias) bias_ = binding.parameter("bias", {filters});
  return {height, width, filters};
}

void Conv2d::initialise(Random& random, const FirstWeights& first) const {
  const std::span<real> weights = first.at(weight_);
  he_uniform(random, static_cast<Index>(weights.size()) / settings_.filters, weights);
  if (settings_.bias) std::ranges::fill(first.at(bias_), real(0));
}

Variable Conv2d::forward(Context& context, const ParameterView& parameters,
                         std::span<Variable> inputs) const {
  return ops::conv2d(context, inputs.front(), parameters.at(context, weight_),
                     settings_.bias ? parameters.at(context, bias_) : Variable(),
                     {.stride = settings_.stride,
                      .padding = settings_.padding,
                      .dilation = settings_.dilation,
                      .groups = settings_.groups});
}

}  // namespace deai::nn
