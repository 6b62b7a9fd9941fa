#include "nn/recurrent.h"

#include "base/error.h"
#include "nn/initialise.h"
#include "ops/reshape.h"
#include "ops/slice.h"

namespace deai::nn {

Shape Recurrent::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() != 2 || input.size() < 1) {
    binding.refuse(settings_.lstm ? "lstm" : "gru",
                   text("expected a sequence [T, I], got ", input.to_string()));
  }
  const Index gates = settings_.lstm ? 4 : 3;
  const Index wide = gates * settings_.units;
  parameters_ = {binding.parameter("weight_ih_l0", {wide, input[1]}),
                 binding.parameter("weight_hh_l0", {wide, settings_.units}),
                 binding.parameter("bias_ih_l0", {wide}), binding.parameter("bias_hh_l0", {wide})};
  // What the input gives to the gates, the gates and one part more, and all states.
  binding.inner += static_cast<std::uint64_t>(input[0]) *
                   static_cast<std::uint64_t>(2 * wide + 2 * settings_.units);
  return settings_.only_last ? Shape{settings_.units} : Shape{input[0], settings_.units};
}

// PyTorch's: all uniform up to 1 / √units.
void Recurrent::initialise(Random& random, const FirstWeights& first) const {
  for (const Index one : parameters_) he_uniform(random, 6 * settings_.units, first.at(one));
}

ops::RecurrentWeights Recurrent::weights(Context& context, const ParameterView& parameters) const {
  const auto at = [&](std::size_t place) { return parameters.at(context, parameters_[place]); };
  return {.w_ih = at(0), .w_hh = at(1), .b_ih = at(2), .b_hh = at(3)};
}

// h [N, T, H] → the same, or [N, H].
Variable Recurrent::wanted(Context& context, const Variable& h) const {
  if (!settings_.only_last) return h;
  const Index steps = h.shape()[1] * settings_.units;
  const Variable rows = ops::reshape(context, h, {h.shape()[0], steps});
  return ops::slice(context, rows, steps - settings_.units, settings_.units);
}

Variable Recurrent::forward(Context& context, const ParameterView& parameters,
                            std::span<Variable> inputs) const {
  const auto op = settings_.lstm ? ops::lstm : ops::gru;
  return wanted(context, op(context, inputs.front(), weights(context, parameters)));
}

Variable Recurrent::step(Context& context, const ParameterView& parameters,
                         std::span<Variable> inputs, const Steps& steps) const {
  if (!steps.memory) steps.memory = Tensor::zeros({settings_.lstm ? 2 : 1, settings_.units});
  const auto op = settings_.lstm ? ops::lstm_step : ops::gru_step;
  const Variable& x = inputs.front();
  return wanted(context, Variable(op(x.value(), weights(context, parameters), steps.memory)));
}

}  // namespace deai::nn
