#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable relu(autograd::Context& context, autograd::Variable x);

}  // namespace deai::ops
