#pragma once

#include "autograd/context.h"

namespace deai::ops {

// kTanh is the approximation that GPT-2 was trained with.
enum class Gelu { kExact, kTanh };

autograd::Variable gelu(autograd::Context& context, const autograd::Variable& x, Gelu kind);

}  // namespace deai::ops
