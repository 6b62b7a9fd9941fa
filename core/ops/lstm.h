#pragma once

#include "ops/recurrent.h"

namespace deai::ops {

autograd::Variable lstm(autograd::Context& context, const autograd::Variable& x,
                        const RecurrentWeights& weights);

// Step by step, without gradients: the next steps of one sequence, x [1, T, I] → [1, T, H].
// memory [2, H]: h and c before them, and then after them.
tensor::Tensor lstm_step(const tensor::Tensor& x, const RecurrentWeights& weights,
                         tensor::Tensor& memory);

}  // namespace deai::ops
