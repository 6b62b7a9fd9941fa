#include "ops/conv2d.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/conv2d.h"
#include "nn/initialise.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Conv2d::bind(ParameterLayout& layout, std::string_view name, const Shape& input) {
  const auto& [kind, filters, kernel, stride, padding, dilation, groups] = settings_;
  const auto refuse = [&](std::string_view why) {
    fail(ErrorCode::kTask, text("layer ", name, " (", settings_.kind, "): ", why));
  };
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
  weight_shape_ = {filters, kernel[0], kernel[1], input[2] / groups};
  weight_ = layout.add(text(name, ".weight"), weight_shape_);
  bias_ = layout.add(text(name, ".bias"), {filters});
  return {height, width, filters};
}

void Conv2d::initialise(Random& random, std::span<real> weights) const {
  const auto at = [&](Index offset, Index count) {
    return weights.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
  };
  const Index inputs = weight_shape_.size() / settings_.filters;
  he_uniform(random, inputs, at(weight_, weight_shape_.size()));
  std::ranges::fill(at(bias_, settings_.filters), real(0));
}

Variable Conv2d::forward(Context& context, const ParameterView& parameters,
                         const Variable& x) const {
  return ops::conv2d(context, x, parameters.at(context, weight_, weight_shape_),
                     parameters.at(context, bias_, {settings_.filters}),
                     {.stride = settings_.stride,
                      .padding = settings_.padding,
                      .dilation = settings_.dilation,
                      .groups = settings_.groups});
}

}  // namespace deai::nn
