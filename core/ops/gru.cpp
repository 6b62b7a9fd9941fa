#include "ops/gru.h"

#include "ops/recurrent_steps.h"

namespace deai::ops {

// With a = x·w_ihᵀ + b_ih and b = h₋₁·w_hhᵀ + b_hh, h before the first step 0: r = σ(aᵣ + bᵣ),
// z = σ(a_z + b_z), n = tanh(aₙ + r·bₙ), h = (1 − z)·n + z·h₋₁ (Cho et al., "Learning phrase
// representations", 2014, with the reset behind the product, as cuDNN and PyTorch have it).
// x [N, T, I], weights of the gates r, z, n → h [N, T, H]. Backwards in time, with dh what comes from
// above and from the step behind: dn' = dh·(1 − z)·(1 − n²), dz' = dh·(h₋₁ − n)·z·(1 − z),
// dr' = dn'·bₙ·r·(1 − r), da = (dr', dz', dn'), db = (dr', dz', dn'·r), dh₋₁ = dh·z + db·w_hh;
// dx = da·w_ih, dw_ih = daᵀ·x, dw_hh = dbᵀ·h₋₁. Keeps x, h, the gates and bₙ.
autograd::Variable gru(autograd::Context& context, const autograd::Variable& x,
                       const RecurrentWeights& weights) {
  return recurrent(context, "gru", kernels::kGruCell, x, weights);
}

tensor::Tensor gru_step(const tensor::Tensor& x, const RecurrentWeights& weights,
                        tensor::Tensor& memory) {
  return recurrent_step("gru_step", kernels::kGruCell, x, weights, memory);
}

}  // namespace deai::ops
