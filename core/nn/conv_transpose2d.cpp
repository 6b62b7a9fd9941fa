#include "ops/conv_transpose2d.h"

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "nn/initialise.h"
#include "nn/layers.h"

namespace deai::nn {

namespace {

// Of a result's rows or columns, in 64 bits: the largest settings would overflow 32.
constexpr std::int64_t kMostExtent = 1 << 26;

}  // namespace

Shape ConvTranspose2d::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const ConvTranspose2dSettings& s = settings_;
  const auto refuse = [&](std::string_view reason) { binding.refuse("conv_transpose2d", reason); };
  if (input.rank() != 3 || input.size() < 1) {
    refuse(text("expected an image [H, W, C], got ", input.to_string()));
  }
  if (s.groups < 1 || input[2] % s.groups != 0 || s.filters % s.groups != 0) {
    refuse(text("groups must divide channels and filters: there are ", s.groups, " groups, ",
                input[2], " channels and ", s.filters, " filters"));
  }
  std::array<Index, 2> size{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (s.output_padding[axis] >= s.stride[axis]) refuse("output_padding must be below stride");
    const std::int64_t extent =
        (static_cast<std::int64_t>(input[static_cast<Index>(axis)]) - 1) * s.stride[axis] -
        2 * s.padding[axis] + s.dilation[axis] * (s.kernel[axis] - 1) + 1 + s.output_padding[axis];
    if (extent < 1 || extent > kMostExtent) {
      refuse(text("nothing is left, or too much, of the image ", input.to_string()));
    }
    size[axis] = static_cast<Index>(extent);
  }
  weight_ = binding.parameter("weight", {input[2], s.kernel[0], s.kernel[1], s.filters / s.groups},
                              s.kernel[0] * s.kernel[1]);
  if (s.bias) bias_ = binding.parameter("bias", {s.filters});
  return {size[0], size[1], s.filters};
}

void ConvTranspose2d::initialise(Random& random, const FirstWeights& first) const {
  const std::span<real> weights = first.at(weight_);
  // So many products enter a pixel of the result; with a stride the others fall beside it.
  const Index products = static_cast<Index>(weights.size()) / settings_.filters /
                         (settings_.stride[0] * settings_.stride[1]);
  he_uniform(random, std::max<Index>(products, 1), weights);
  if (settings_.bias) std::ranges::fill(first.at(bias_), real(0));
}

Variable ConvTranspose2d::forward(Context& context, const ParameterView& parameters,
                                  std::span<Variable> inputs) const {
  return ops::conv_transpose2d(context, inputs.front(), parameters.at(context, weight_),
                               settings_.bias ? parameters.at(context, bias_) : Variable(),
                               {.stride = settings_.stride,
                                .padding = settings_.padding,
                                .output_padding = settings_.output_padding,
                                .dilation = settings_.dilation,
                                .groups = settings_.groups});
}

}  // namespace deai::nn
