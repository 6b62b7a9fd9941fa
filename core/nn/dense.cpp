#include "ops/dense.h"

#include <algorithm>

#include "base/error.h"
#include "nn/initialise.h"
#include "nn/layers.h"

namespace deai::nn {

Shape Dense::bind(ParameterLayout& layout, std::string_view name, const Shape& input) {
  if (units_ < 1)
    fail(ErrorCode::kTask, text("layer ", name, " (dense): units must be at least 1"));
  if (input.rank() != 1 || input[0] < 1) {
    fail(ErrorCode::kTask, text("layer ", name, " (dense): expected a row of features, got ",
                                input.to_string(), "; put a flatten layer before it"));
  }
  weight_shape_ = {units_, input[0]};
  weight_ = layout.add(text(name, ".weight"), weight_shape_);
  bias_ = layout.add(text(name, ".bias"), {units_});
  return {units_};
}

void Dense::initialise(Random& random, std::span<real> weights) const {
  const auto at = [&](Index offset, Index count) {
    return weights.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
  };
  glorot_uniform(random, weight_shape_[1], units_, at(weight_, weight_shape_.size()));
  std::ranges::fill(at(bias_, units_), real(0));
}

Variable Dense::forward(Context& context, const ParameterView& parameters,
                        const Variable& x) const {
  return ops::dense(context, x, parameters.at(context, weight_, weight_shape_),
                    parameters.at(context, bias_, {units_}));
}

}  // namespace deai::nn
