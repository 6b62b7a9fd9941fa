#include "ops/global_avg_pool2d.h"

#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape GlobalAvgPool2d::bind(ParameterLayout& /*layout*/, std::string_view name,
                            const Shape& input) {
  if (input.rank() != 3 || input.size() < 1) {
    fail(ErrorCode::kTask,
         text("layer ", name, " (global_avg_pool2d): expected an image [H, W, C], got ",
              input.to_string()));
  }
  return {input[2]};
}

Variable GlobalAvgPool2d::forward(Context& context, const ParameterView& /*parameters*/,
                                  const Variable& x) const {
  return ops::global_avg_pool2d(context, x);
}

}  // namespace deai::nn
