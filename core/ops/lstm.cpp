#include "ops/lstm.h"

#include "ops/recurrent_steps.h"

namespace deai::ops {

// With a = x·w_ihᵀ + b_ih and b = h₋₁·w_hhᵀ + b_hh, h and c before the first step 0: i = σ(aᵢ + bᵢ),
// f = σ(a_f + b_f), g = tanh(a_g + b_g), o = σ(aₒ + bₒ), c = f·c₋₁ + i·g, h = o·tanh(c)
// (Hochreiter and Schmidhuber, "Long short-term memory", 1997; the forget gate: Gers et al., 2000).
// x [N, T, I], weights of the gates i, f, g, o → h [N, T, H]. Backwards in time, with dh and dc what
// comes from above and from the step behind, t = tanh(c): dc += dh·o·(1 − t²), da = (dc·g·i·(1 − i),
// dc·c₋₁·f·(1 − f), dc·i·(1 − g²), dh·t·o·(1 − o)), dc₋₁ = dc·f, dh₋₁ = da·w_hh; dx = da·w_ih,
// dw_ih = daᵀ·x, dw_hh = daᵀ·h₋₁. Keeps x, h, c and the gates.
autograd::Variable lstm(autograd::Context& context, const autograd::Variable& x,
                        const RecurrentWeights& weights) {
  return recurrent(context, "lstm", kernels::kLstmCell, x, weights);
}

tensor::Tensor lstm_step(const tensor::Tensor& x, const RecurrentWeights& weights,
                         tensor::Tensor& memory) {
  return recurrent_step("lstm_step", kernels::kLstmCell, x, weights, memory);
}

}  // namespace deai::ops
