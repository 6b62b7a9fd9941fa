#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/context.h"
#include "base/random.h"
#include "model/model.h"
#include "session/trainable.h"

namespace deai::session {

struct GenerationSettings {
  double temperature = 1;   // logits are divided by it; 0: always the likeliest token
  std::uint32_t top_k = 0;  // drawn from so many of the likeliest only; 0: from all
  std::uint64_t seed = 0;
};

// Writes on where a text ends, one token after the other, drawn from what a model says. It is the
// model of the beginning that writes, whatever is learnt meanwhile.
class Generation {
 public:
  // The trainable must outlive this. Throws Error{kState} where it is none of texts, or has layers that
  // need the whole sequence; Error{kArgument} where prompt or settings are wrong. Of a prompt the
  // last tokens count, as many as the model's context has.
  Generation(const Trainable& trainable, std::span<const std::uint32_t> prompt,
             const GenerationSettings& settings);

  std::uint32_t next();

 private:
  tensor::Tensor look();
  std::uint32_t drawn(std::span<const real> logits);

  const model::Model* model_;
  GenerationSettings settings_;
  tensor::Tensor weights_;
  autograd::Context context_;
  model::Decoding decoding_;
  std::vector<std::int32_t> tokens_;  // at most as many as the context has
  std::size_t unseen_;                // of them, at the end, that the model has not looked at
  Random random_;
  std::vector<real> work_;
};

}  // namespace deai::session
