#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable sigmoid(autograd::Context& context, const autograd::Variable& x);

}  // namespace deai::ops
