#include "kernels/regression.h"

#include <cmath>

namespace deai::kernels {

// Comparisons in both leave a NaN what it is.
double absolute_error(const real* x, const real* target, Index count, real* slope) {
  double sum = 0;
  for (Index i = 0; i < count; ++i) {
    const real error = x[i] - target[i];
    slope[i] = error > 0 ? 1 : (error < 0 ? -1 : error);
    sum += static_cast<double>(std::abs(error));
  }
  return sum;
}

double huber(const real* x, const real* target, Index count, real delta, real* slope) {
  double sum = 0;
  for (Index i = 0; i < count; ++i) {
    const real error = x[i] - target[i];
    const real inner = error > delta ? delta : (error < -delta ? -delta : error);
    slope[i] = inner;
    sum += static_cast<double>(inner * (error - inner / 2));
  }
  return sum;
}

}  // namespace deai::kernels
