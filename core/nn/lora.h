#pragma once

#include <string_view>

#include "nn/layer.h"

namespace deai::nn {

struct LoraSettings {
  Index rank = 0;  // 0: none
  real alpha = 0;
};

// What is learnt beside a frozen weight w [outputs, inputs]: x·(w + (alpha / rank)·B·A)ᵀ, lora_A
// [rank, inputs] random, lora_B [outputs, rank] at first zero (Hu et al., "LoRA: low-rank adaptation
// of large language models", 2021, section 4.1).
class Lora {
 public:
  Lora() = default;
  explicit Lora(const LoraSettings& settings) : settings_(settings) {}
  explicit operator bool() const { return settings_.rank > 0; }

  // Declares prefix + "lora_A" and prefix + "lora_B".
  void bind(Binding& binding, std::string_view kind, Index inputs, Index outputs,
            std::string_view prefix = "");
  void initialise(Random& random, const FirstWeights& first) const;
  // y [N, outputs] = x·wᵀ + b of x [N, inputs] → the same with what is learnt beside.
  Variable add(Context& context, const ParameterView& parameters, const Variable& x,
               const Variable& y) const;

 private:
  LoraSettings settings_;
  Index a_ = -1;
  Index b_ = -1;
};

}  // namespace deai::nn
