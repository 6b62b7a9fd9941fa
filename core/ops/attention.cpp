#include "ops/attention.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/attention.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::Attention check(const Shape& qkv, const AttentionHeads& h) {
  const Index parts = h.heads + 2 * h.kv_heads;
  if (h.heads < 1 || h.kv_heads < 1 || h.heads % h.kv_heads != 0 || qkv.rank() != 3 ||
      qkv[2] < parts || qkv[2] % parts != 0) {
    fail(ErrorCode::kShape,
         text("attention: expected qkv [N, T, (H + 2·Hkv)·D] with Hkv a divisor of H, got qkv ",
              qkv.to_string(), ", H ", h.heads, ", Hkv ", h.kv_heads));
  }
  return {.samples = qkv[0],
          .queries = qkv[1],
          .keys = qkv[1],
          .heads = h.heads,
          .kv_heads = h.kv_heads,
          .width = qkv[2] / parts,
          .causal = h.causal,
          .q_step = qkv[2],
          .kv_step = qkv[2]};
}

// Where the keys and the values of a step begin, behind its queries.
Index keys_at(const kernels::Attention& a) { return a.heads * a.width; }
Index values_at(const kernels::Attention& a) { return (a.heads + a.kv_heads) * a.width; }

}  // namespace

// y = softmax(q·kᵀ / √D)·v along the keys, for each head; qkv [N, T, (H + 2·Hkv)·D]: the queries of
// H heads, the keys of Hkv, the values of Hkv → [N, T, H·D]. With P the softmax and g = dy·vᵀ:
// dv = Pᵀ·dy, s = P·(g − Σ P·g) / √D along the keys, dq = s·k, dk = sᵀ·q (Dao et al.,
// "FlashAttention", 2022, appendix B). Keeps qkv and two numbers a row of P: P is computed again, a
// block of queries at a time, and never stands as a whole.
autograd::Variable attention(autograd::Context& context, const autograd::Variable& qkv,
                             const AttentionHeads& heads) {
  const kernels::Attention sizes = check(qkv.shape(), heads);
  Tensor y({sizes.samples, sizes.queries, keys_at(sizes)});
  Tensor statistics({sizes.samples, sizes.heads, sizes.queries, 2});
  {
    const real* const q = qkv.value().data();
    Tensor workspace({kernels::attention_workspace(sizes, false)});
    kernels::attention(sizes, q, q + keys_at(sizes), q + values_at(sizes), y.data(),
                       statistics.data(), workspace.data());
  }
  if (!qkv.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(
      y, [sizes, qkv = qkv.value(), statistics, given = qkv.gradient()](const Tensor& dy) {
        const auto [dq, accumulate] = given->target();
        const real* const q = qkv.data();
        Tensor workspace({kernels::attention_workspace(sizes, true)});
        kernels::attention_gradient(sizes, q, q + keys_at(sizes), q + values_at(sizes),
                                    statistics.data(), dy.data(), dq, dq + keys_at(sizes),
                                    dq + values_at(sizes), accumulate, workspace.data());
      });
}

Tensor attention_step(const Tensor& qkv, const AttentionHeads& heads, Index before,
                      Tensor& memory) {
  kernels::Attention sizes = check(qkv.shape(), heads);
  const Index kept = 2 * sizes.kv_heads * sizes.width;
  if (sizes.samples != 1 || before < 0 || memory.shape().rank() != 2 || memory.shape()[1] != kept ||
      memory.shape()[0] < before + sizes.queries) {
    fail(ErrorCode::kShape, text("attention_step: expected one sample and a memory [≥ ",
                                 before + sizes.queries, ", ", kept, "], got qkv ",
                                 qkv.shape().to_string(), ", memory ", memory.shape().to_string()));
  }
  for (Index step = 0; step < sizes.queries; ++step) {
    std::copy_n(qkv.data() + step * sizes.q_step + keys_at(sizes), kept,
                memory.data() + (before + step) * kept);
  }
  sizes.keys = before + sizes.queries;
  sizes.kv_step = kept;
  Tensor y({1, sizes.queries, keys_at(sizes)});
  Tensor statistics({sizes.heads, sizes.queries, 2});
  Tensor workspace({kernels::attention_workspace(sizes, false)});
  kernels::attention(sizes, qkv.data(), memory.data(), memory.data() + sizes.kv_heads * sizes.width,
                     y.data(), statistics.data(), workspace.data());
  return y;
}

}  // namespace deai::ops
