#pragma once

#include "base/real.h"

namespace deai::kernels {

// y = max(x, 0); a NaN stays one. y may be x.
void relu(const real* x, Index count, real* y);
// dx = dy where y > 0, else 0; accumulate: added to what dx holds. dx may be dy.
void relu_gradient(const real* y, const real* dy, Index count, real* dx, bool accumulate);

}  // namespace deai::kernels
