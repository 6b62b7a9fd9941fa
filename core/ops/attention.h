#pragma once

#include "autograd/context.h"

namespace deai::ops {

struct AttentionHeads {
  Index heads;     // of queries
  Index kv_heads;  // of keys and values, a divisor of heads: neighbouring queries share one
  bool causal;     // a step sees itself and those before it
};

// qkv: each step's queries, keys and values, side by side.
autograd::Variable attention(autograd::Context& context, const autograd::Variable& qkv,
                             const AttentionHeads& heads);

// Step by step, without gradients: the steps of qkv [1, T, (H + 2·Hkv)·D] follow those `before` that
// `memory` [most steps, 2·Hkv·D] holds, and are written behind them. → [1, T, H·D].
tensor::Tensor attention_step(const tensor::Tensor& qkv, const AttentionHeads& heads, Index before,
                              tensor::Tensor& memory);

}  // namespace deai::ops
