#pragma once

#include "base/real.h"

namespace deai::kernels {

// Each row of [rows, columns] is brought to variance 1 and, where centred, to mean 0.
struct RowNorm {
  Index rows;
  Index columns;
  bool centred;
  real epsilon;  // added to the variance, or to the mean of squares
};

// y = (x − mean)·scale·gamma + beta, scale = 1 / √(variance + ε); not centred: with 0 for the mean.
// gamma, beta: [columns]; beta may be nullptr. statistics: [rows, 2], mean and scale of each.
void row_norm(const RowNorm& sizes, const real* x, const real* gamma, const real* beta, real* y,
              real* statistics);

// The gradients, from the statistics that row_norm wrote; accumulate: added to what is there.
void row_norm_input_gradient(const RowNorm& sizes, const real* x, const real* statistics,
                             const real* gamma, const real* dy, real* dx, bool accumulate);
void row_norm_gamma_gradient(const RowNorm& sizes, const real* x, const real* statistics,
                             const real* dy, real* dgamma, bool accumulate);

}  // namespace deai::kernels
