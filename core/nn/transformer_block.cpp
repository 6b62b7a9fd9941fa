#include "nn/sequence.h"
#include "ops/add.h"
#include "ops/dropout.h"

namespace deai::nn {

Shape TransformerBlock::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const auto add = [&](Layer& layer, std::string_view name, const Shape& shape) {
    Binding inside = binding.inside(name);
    const Shape result = layer.bind(inside, {&shape, 1});
    binding.inner += inside.inner + static_cast<std::uint64_t>(result.size());
    return result;
  };
  // First, as it refuses what is no sequence.
  add(attention_, "self_attn", input);
  add(norm1_, "norm1", input);
  add(norm2_, "norm2", input);
  const LoraSettings lora = settings_.attention.lora;
  const bool bias = settings_.attention.bias;
  const Index width = settings_.mlp > 0 ? settings_.mlp : 4 * input[1];
  linear1_ = Dense({.units = width, .bias = bias, .lora = lora});
  linear2_ = Dense({.units = input[1], .bias = bias, .lora = lora});
  const Shape wide = add(linear1_, "linear1", input);
  binding.inner += static_cast<std::uint64_t>(wide.size());   // activated
  binding.inner += static_cast<std::uint64_t>(input.size());  // x with what attention adds
  return add(linear2_, "linear2", wide);
}

void TransformerBlock::initialise(Random& random, const FirstWeights& first) const {
  const Layer* const parts[] = {&norm1_, &attention_, &norm2_, &linear1_, &linear2_};
  for (const Layer* const part : parts) part->initialise(random, first);
}

Variable TransformerBlock::run(Context& context, const ParameterView& parameters, Variable x,
                               const Steps* steps) const {
  const auto through = [&](const Layer& layer, Variable input) {
    return layer.forward(context, parameters, {&input, 1});
  };
  const auto add = [&](const Variable& to, const Variable& y) {
    return ops::add(context, to, ops::dropout(context, y, settings_.dropout));
  };
  Variable y = through(norm1_, x);
  y = steps == nullptr ? attention_.forward(context, parameters, {&y, 1})
                       : attention_.step(context, parameters, {&y, 1}, *steps);
  x = add(x, y);
  y = through(linear1_, through(norm2_, x));
  y = settings_.activation(context, std::move(y), 0);
  return add(x, through(linear2_, std::move(y)));
}

}  // namespace deai::nn
