#pragma once

#include "autograd/context.h"

namespace deai::ops {

autograd::Variable multiply(autograd::Context& context, const autograd::Variable& a,
                            const autograd::Variable& b);

}  // namespace deai::ops
