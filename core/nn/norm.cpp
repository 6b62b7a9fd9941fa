#include "nn/norm.h"

#include <algorithm>

#include "base/error.h"
#include "ops/batch_norm.h"
#include "ops/group_norm.h"
#include "ops/layer_norm.h"
#include "ops/rms_norm.h"

namespace deai::nn {

using Kind = NormSettings::Kind;

Shape Norm::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const Index channels = input[-1];
  if (settings_.kind == Kind::kGroup &&
      (settings_.groups < 1 || channels % settings_.groups != 0)) {
    binding.refuse("group_norm",
                   text("groups must divide the channels: there are ", settings_.groups,
                        " groups, the input is ", input.to_string()));
  }
  const Index pixels = binding.pixels;
  weight_ = binding.parameter("weight", {channels}, pixels);
  if (settings_.kind != Kind::kRms) bias_ = binding.parameter("bias", {channels}, pixels);
  if (settings_.kind == Kind::kBatch) {
    mean_ = binding.buffer("running_mean", {channels}, pixels);
    variance_ = binding.buffer("running_var", {channels}, pixels);
  }
  return input;
}

void Norm::initialise(Random& /*random*/, const FirstWeights& first) const {
  for (const Index one : {weight_, variance_}) {
    if (one >= 0) std::ranges::fill(first.at(one), real(1));
  }
  for (const Index zero : {bias_, mean_}) {
    if (zero >= 0) std::ranges::fill(first.at(zero), real(0));
  }
}

Variable Norm::forward(Context& context, const ParameterView& parameters,
                       std::span<Variable> inputs) const {
  const Variable& x = inputs.front();
  const Variable weight = parameters.at(context, weight_);
  if (settings_.kind == Kind::kRms) return ops::rms_norm(context, x, weight, settings_.epsilon);
  const Variable bias = parameters.at(context, bias_);
  if (settings_.kind == Kind::kLayer) {
    return ops::layer_norm(context, x, weight, bias, settings_.epsilon);
  }
  if (settings_.kind == Kind::kGroup) {
    return ops::group_norm(context, x, weight, bias, settings_.groups, settings_.epsilon);
  }
  const bool frozen = parameters.layout->at(mean_).section == Section::kFrozen;
  return ops::batch_norm(
      context, x, weight, bias, {parameters.tensor(mean_), parameters.tensor(variance_)},
      {.epsilon = settings_.epsilon, .momentum = settings_.momentum, .frozen = frozen});
}

}  // namespace deai::nn
