#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable dense(autograd::Context& context, const autograd::Variable& x,
                         const autograd::Variable& w, const autograd::Variable& b);

}  // namespace deai::ops
