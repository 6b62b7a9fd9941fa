#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable add(autograd::Context& context, const autograd::Variable& a,
                       const autograd::Variable& b);

}  // namespace deai::ops
