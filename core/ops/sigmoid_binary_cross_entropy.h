#pragma once

#include <cstdint>
#include <span>

#include "autograd/context.h"

namespace deai::ops {

// The mean over the batch. labels: [N], each 0 or 1; not read after the call.
autograd::Variable sigmoid_binary_cross_entropy(autograd::Context& context,
                                                const autograd::Variable& logits,
                                                std::span<const std::int32_t> labels);

}  // namespace deai::ops
