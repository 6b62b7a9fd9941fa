#include "ops/attention.h"

#include "base/error.h"
#include "nn/sequence.h"
#include "ops/rotary.h"

namespace deai::nn {

Shape Attention::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  const auto& [heads, kv_heads, causal, rotary, bias, lora] = settings_;
  const auto refuse = [&](std::string_view reason) { binding.refuse("attention", reason); };
  if (input.rank() != 2 || input.size() < 1) {
    refuse(text("expected a sequence [T, E], got ", input.to_string()));
  }
  if (heads < 1 || kv_heads < 1 || input[1] % heads != 0 || heads % kv_heads != 0) {
    refuse(text("heads must divide the width and kv_heads the heads: there are ", heads,
                " heads and ", kv_heads, " kv_heads, the input is ", input.to_string()));
  }
  most_steps_ = input[0];
  width_ = input[1] / heads;
  if (rotary && width_ % 2 != 0) {
    refuse(text("rotary needs heads of an even width, they are ", width_, " wide"));
  }
  const Index inner = (heads + 2 * kv_heads) * width_;
  in_ = Dense({.units = inner, .bias = bias, .lora = lora, .prefix = "in_proj_"});
  out_ = Dense({.units = input[1], .bias = bias, .lora = lora});
  in_.bind(binding, inputs);
  Binding inside = binding.inside("out_proj");
  binding.inner += static_cast<std::uint64_t>(most_steps_) *
                   static_cast<std::uint64_t>(inner + input[1] + 2 * heads);
  return out_.bind(inside, inputs);
}

void Attention::initialise(Random& random, const FirstWeights& first) const {
  in_.initialise(random, first);
  out_.initialise(random, first);
}

// The queries, keys and values of every step.
Variable Attention::project(Context& context, const ParameterView& parameters,
                            std::span<Variable> inputs, Index before) const {
  Variable qkv = in_.forward(context, parameters, inputs);
  inputs.front() = Variable();
  if (!settings_.rotary) return qkv;
  const ops::RotaryHeads turned{
      .width = width_, .heads = settings_.heads + settings_.kv_heads, .offset = before};
  return ops::rotary(context, std::move(qkv), turned);
}

Variable Attention::forward(Context& context, const ParameterView& parameters,
                            std::span<Variable> inputs) const {
  Variable y = ops::attention(context, project(context, parameters, inputs, 0),
                              {settings_.heads, settings_.kv_heads, settings_.causal});
  return out_.forward(context, parameters, {&y, 1});
}

Variable Attention::step(Context& context, const ParameterView& parameters,
                         std::span<Variable> inputs, const Steps& steps) const {
  if (!steps.memory) steps.memory = Tensor({most_steps_, 2 * settings_.kv_heads * width_});
  const Variable qkv = project(context, parameters, inputs, steps.before);
  Variable y(ops::attention_step(qkv.value(), {settings_.heads, settings_.kv_heads, true},
                                 steps.before, steps.memory));
  return out_.forward(context, parameters, {&y, 1});
}

}  // namespace deai::nn
