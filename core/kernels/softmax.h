#pragma once

#include "base/real.h"

namespace deai::kernels {

// One row: yᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m), m = max x; y may be x. count ≥ 1.
void softmax_row(const real* x, Index count, real* y);
// The same without the division: returns the sum, and in `largest` m.
real exp_minus_max_row(const real* x, Index count, real* y, real& largest);

// x: [rows, columns], each row for itself.
void softmax(const real* x, Index rows, Index columns, real* y);

// dx = factor·y·(dy − Σⱼ dyⱼ·yⱼ); accumulate: added to what dx holds. dx may be dy.
void softmax_gradient_row(const real* y, const real* dy, Index count, real factor, real* dx,
                          bool accumulate);
void softmax_gradient(const real* y, const real* dy, Index rows, Index columns, real* dx,
                      bool accumulate);

}  // namespace deai::kernels
