#include "ops/dropout.h"

#include "base/error.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Dropout::bind(ParameterLayout& /*layout*/, std::string_view name, const Shape& input) {
  if (!(rate_ >= 0 && rate_ < 1)) {
    fail(ErrorCode::kTask, text("layer ", name,
                                " (dropout): the rate must be at least 0 and below "
                                "1, got ",
                                rate_));
  }
  return input;
}

Variable Dropout::forward(Context& context, const ParameterView& /*parameters*/,
                          const Variable& x) const {
  return ops::dropout(context, x, rate_);
}

}  // namespace deai::nn
