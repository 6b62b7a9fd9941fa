#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "autograd/context.h"

namespace deai::ops {

struct CrossEntropyOptions {
  real label_smoothing = 0;               // in [0, 1]: this share is spread over all classes alike
  std::span<const real> class_weights{};  // [K], ≥ 0; empty: all are 1
  std::optional<std::int32_t> ignored{};  // rows with this label count for nothing
};

// The mean over the batch, with class weights that weighted by those of the labels. labels: [N],
// each in 0 .. K − 1 or the ignored one; neither they nor the weights are read after the call.
autograd::Variable softmax_cross_entropy(autograd::Context& context,
                                         const autograd::Variable& logits,
                                         std::span<const std::int32_t> labels,
                                         const CrossEntropyOptions& options = {});

}  // namespace deai::ops
