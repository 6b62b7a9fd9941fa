#include <algorithm>

#include "base/error.h"
#include "kernels/conv2d.h"
#include "nn/layers.h"
#include "ops/avg_pool2d.h"
#include "ops/max_pool2d.h"

namespace deai::nn {

Shape Pool2d::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const auto refuse = [&](std::string_view reason) {
    binding.refuse(kind_ == Kind::kMax ? "max_pool2d" : "avg_pool2d", reason);
  };
  const auto& [kernel, stride, padding] = options_;
  if (std::min({kernel[0], kernel[1], stride[0], stride[1]}) < 1 ||
      std::min(padding[0], padding[1]) < 0 || padding[0] > kernel[0] / 2 ||
      padding[1] > kernel[1] / 2) {
    refuse("size and stride must be at least 1, padding at most half of the size");
  }
  if (input.rank() != 3) {
    refuse(text("expected an image [H, W, C], got ", input.to_string()));
  }
  const Index height = kernels::window_count(input[0], kernel[0], stride[0], padding[0], 1);
  const Index width = kernels::window_count(input[1], kernel[1], stride[1], padding[1], 1);
  if (height < 1 || width < 1) {
    refuse(text("a window of ", kernel[0], "x", kernel[1], " does not fit into the image ",
                input.to_string()));
  }
  return {height, width, input[2]};
}

Variable Pool2d::forward(Context& context, const ParameterView& /*parameters*/,
                         std::span<Variable> inputs) const {
  const auto pool = kind_ == Kind::kMax ? ops::max_pool2d : ops::avg_pool2d;
  return pool(context, inputs.front(), options_);
}

}  // namespace deai::nn
