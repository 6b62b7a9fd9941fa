#pragma once

#include "autograd/context.h"

namespace deai::ops {

// places: whole numbers in 0 .. V − 1 as reals, which is how a model's input arrives.
autograd::Variable embedding(autograd::Context& context, const autograd::Variable& table,
                             const tensor::Tensor& places);

}  // namespace deai::ops
