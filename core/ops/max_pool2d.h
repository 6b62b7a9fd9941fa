#pragma once

#include "autograd/context.h"
#include "ops/pool2d.h"

namespace deai::ops {

autograd::Variable max_pool2d(autograd::Context& context, const autograd::Variable& x,
                              const Pool2dOptions& options);

}  // namespace deai::ops
