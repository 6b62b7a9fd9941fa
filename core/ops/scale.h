#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable scale(autograd::Context& context, const autograd::Variable& x, real factor);

}  // namespace deai::ops
