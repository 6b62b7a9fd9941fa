#pragma once

#include "nn/layers.h"
#include "nn/norm.h"

namespace deai::nn {

// Whole numbers below `tokens` → a learnt row for each. Samples [...] → [..., width]. Weight
// [tokens, width].
class Embedding final : public Layer {
 public:
  Embedding(Index tokens, Index width) : tokens_(tokens), width_(width) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  Index weight() const override { return weight_; }
  bool in_steps() const override { return true; }

 private:
  Index tokens_;
  Index width_;
  bool own_weight_ = true;
  Index weight_ = -1;
};

// Adds to every step a learnt row of its place. Samples [T, E] → the same. Weight [T, E].
class PositionalEmbedding final : public Layer {
 public:
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return true; }
  Variable step(Context& context, const ParameterView& parameters, std::span<Variable> inputs,
                const Steps& steps) const override;

 private:
  Variable add(Context& context, const ParameterView& parameters, const Variable& x,
               Index before) const;

  Index weight_ = -1;
};

struct AttentionSettings {
  Index heads = 1;
  Index kv_heads = 1;   // of keys and values: neighbouring heads share one
  bool causal = false;  // a step sees itself and those before it
  bool rotary = false;  // queries and keys are turned by their place
  bool bias = true;
  LoraSettings lora{};
};

// Self-attention of several heads (Vaswani et al., "Attention is all you need", 2017; heads that
// share keys: Ainslie et al., "GQA", 2023). Samples [T, E] → the same. Parameters are named as in
// PyTorch's MultiheadAttention: in_proj_weight [(H + 2·Hkv)·E/H, E]: queries, keys, values;
// in_proj_bias; out_proj.weight [E, E], out_proj.bias.
class Attention final : public Layer {
 public:
  explicit Attention(const AttentionSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return settings_.causal; }
  Variable step(Context& context, const ParameterView& parameters, std::span<Variable> inputs,
                const Steps& steps) const override;

 private:
  Variable project(Context& context, const ParameterView& parameters, std::span<Variable> inputs,
                   Index before) const;

  AttentionSettings settings_;
  Dense in_{{}};
  Dense out_{{}};
  Index most_steps_ = 0;
  Index width_ = 0;  // of a head
};

struct TransformerBlockSettings {
  AttentionSettings attention{};
  Index mlp = 0;  // the width between the two dense layers; 0: four times the input's
  NormSettings norm{};
  Elementwise::Op activation = nullptr;
  real dropout = 0;  // of what attention and dense layers add
};

// x + attention(norm(x)), then the same with two dense layers: the block with its norms first
// (Radford et al., "Language models are unsupervised multitask learners", 2019). Samples [T, E] →
// the same. Parameters are named as in PyTorch's TransformerEncoderLayer: norm1, self_attn, norm2,
// linear1, linear2.
class TransformerBlock final : public Layer {
 public:
  explicit TransformerBlock(const TransformerBlockSettings& settings)
      : settings_(settings),
        norm1_(settings.norm),
        attention_(settings.attention),
        norm2_(settings.norm) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override {
    return run(context, parameters, std::move(inputs.front()), nullptr);
  }
  bool in_steps() const override { return attention_.in_steps(); }
  Variable step(Context& context, const ParameterView& parameters, std::span<Variable> inputs,
                const Steps& steps) const override {
    return run(context, parameters, std::move(inputs.front()), &steps);
  }

 private:
  // steps: nullptr where x is whole sequences.
  Variable run(Context& context, const ParameterView& parameters, Variable x,
               const Steps* steps) const;

  TransformerBlockSettings settings_;
  Norm norm1_;
  Attention attention_;
  Norm norm2_;
  Dense linear1_{{}};
  Dense linear2_{{}};
};

}  // namespace deai::nn
