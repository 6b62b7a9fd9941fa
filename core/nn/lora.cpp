#include "nn/lora.h"

#include <algorithm>

#include "base/error.h"
#include "nn/initialise.h"
#include "ops/add.h"
#include "ops/dense.h"
#include "ops/scale.h"

namespace deai::nn {

void Lora::bind(Binding& binding, std::string_view kind, Index inputs, Index outputs,
                std::string_view prefix) {
  const Index most = std::min(inputs, outputs);
  if (settings_.rank > most) {
    binding.refuse(kind, text("lora_rank is ", settings_.rank, ", expected at most ", most,
                              ": the weight is [", outputs, ", ", inputs, ']'));
  }
  a_ = binding.parameter(text(prefix, "lora_A"), {settings_.rank, inputs}, binding.pixels);
  b_ = binding.parameter(text(prefix, "lora_B"), {outputs, settings_.rank});
}

void Lora::initialise(Random& random, const FirstWeights& first) const {
  const std::span<real> a = first.at(a_);
  he_uniform(random, static_cast<Index>(a.size()) / settings_.rank, a);
  std::ranges::fill(first.at(b_), real(0));
}

Variable Lora::add(Context& context, const ParameterView& parameters, const Variable& x,
                   const Variable& y) const {
  const Variable low = ops::dense(context, x, parameters.at(context, a_), {});
  const real factor = settings_.alpha / static_cast<real>(settings_.rank);
  const Variable scaled = ops::scale(context, low, factor);
  return ops::add(context, y, ops::dense(context, scaled, parameters.at(context, b_), {}));
}

}  // namespace deai::nn
