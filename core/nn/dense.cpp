#include "ops/dense.h"

#include <algorithm>

#include "base/error.h"
#include "nn/initialise.h"
#include "nn/layers.h"
#include "ops/reshape.h"

namespace deai::nn {

Shape Dense::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const auto refuse = [&](std::string_view reason) { binding.refuse("dense", reason); };
  if (settings_.units < 1) refuse("units must be at least 1");
  if (input.rank() < 1 || input.rank() > 2 || input.size() < 1) {
    refuse(text("expected a row of features or a sequence of them, got ", input.to_string(),
                "; put a flatten layer before it"));
  }
  const auto named = [&](std::string_view field) { return text(settings_.prefix, field); };
  const Shape shape{settings_.units, input[-1]};
  lora_ = Lora(settings_.lora);
  Binding base = binding;
  base.frozen = base.frozen || lora_;
  own_weight_ = binding.shared < 0;
  weight_ = own_weight_ ? base.parameter(named("weight"), shape, binding.pixels) : binding.shared;
  const Shape& found = binding.layout.at(weight_).shape;
  if (found != shape) {
    refuse(
        text("the weight that it shares is ", found.to_string(), ", expected ", shape.to_string()));
  }
  if (settings_.bias) bias_ = base.parameter(named("bias"), {settings_.units});
  if (lora_) lora_.bind(binding, "dense", shape[1], shape[0], settings_.prefix);
  binding.pixels = 1;
  return input.rank() == 1 ? Shape{settings_.units} : Shape{input[0], settings_.units};
}

void Dense::initialise(Random& random, const FirstWeights& first) const {
  const Shape& shape = first.layout.at(weight_).shape;
  if (own_weight_) glorot_uniform(random, shape[1], shape[0], first.at(weight_));
  if (settings_.bias) std::ranges::fill(first.at(bias_), real(0));
  if (lora_) lora_.initialise(random, first);
}

Variable Dense::forward(Context& context, const ParameterView& parameters,
                        std::span<Variable> inputs) const {
  const Variable& x = inputs.front();
  const Variable w = parameters.at(context, weight_);
  const Variable b = settings_.bias ? parameters.at(context, bias_) : Variable();
  const bool sequence = x.shape().rank() == 3;
  const Index samples = x.shape()[0];
  const Index steps = sequence ? x.shape()[1] : 1;
  const Variable rows = sequence ? ops::reshape(context, x, {samples * steps, x.shape()[2]}) : x;
  Variable y = ops::dense(context, rows, w, b);
  if (lora_) y = lora_.add(context, parameters, rows, y);
  return sequence ? ops::reshape(context, y, {samples, steps, settings_.units}) : y;
}

}  // namespace deai::nn
