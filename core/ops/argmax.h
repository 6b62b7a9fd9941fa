#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace deai::ops {

// The place of the largest element along the last axis, the first of equals. x: [..., K] → one
// place per row. Not differentiable: it is for predictions and for counting the right ones.
void argmax(const tensor::Tensor& x, std::span<std::int32_t> places);

}  // namespace deai::ops
