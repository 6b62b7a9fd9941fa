#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable reshape(autograd::Context& context, const autograd::Variable& x,
                           const Shape& shape);

}  // namespace deai::ops
