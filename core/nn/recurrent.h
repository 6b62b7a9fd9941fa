#pragma once

#include <array>

#include "nn/layer.h"
#include "ops/gru.h"
#include "ops/lstm.h"

namespace deai::nn {

struct RecurrentSettings {
  bool lstm = false;  // or gru
  Index units = 1;
  bool only_last = false;  // gives the state behind the last step instead of all of them
};

// A state that goes through the sequence. Samples [T, I] → [T, units], or [units]. Parameters are
// named as in PyTorch's GRU and LSTM of one layer, gates in its order: weight_ih_l0 [3 or 4·units, I],
// weight_hh_l0 [3 or 4·units, units], bias_ih_l0, bias_hh_l0.
class Recurrent final : public Layer {
 public:
  explicit Recurrent(const RecurrentSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }
  Variable step(Context& context, const ParameterView& parameters, std::span<Variable> inputs,
                const Steps& steps) const override;

 private:
  ops::RecurrentWeights weights(Context& context, const ParameterView& parameters) const;
  Variable wanted(Context& context, const Variable& h) const;

  RecurrentSettings settings_;
  std::array<Index, 4> parameters_{};
};

}  // namespace deai::nn
