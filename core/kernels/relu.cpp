#include "kernels/relu.h"

#include "kernels/share.h"

// Each element is read before it is written and seen by no other, so the loops hold in place, too.
// Plain loops without branches, which the compiler turns into vectors in every build; Eigen's
// select is a branch per element where it has no vectors of its own (README.md).
namespace deai::kernels {

namespace {

// Kinds that do not optimise make no vectors, and need not say so.
#pragma clang diagnostic ignored "-Wpass-failed"

void relu_range(const real* x, Index count, real* y) {
#pragma clang loop vectorize(assume_safety)
  for (Index i = 0; i < count; ++i) y[i] = x[i] < 0 ? 0 : x[i];
}

void relu_gradient_range(const real* y, const real* dy, Index count, real* dx, bool accumulate) {
  // dy is read whether it is taken or not: a conditional load would be a branch.
  if (accumulate) {
#pragma clang loop vectorize(assume_safety)
    for (Index i = 0; i < count; ++i) {
      const real slope = dy[i];
      dx[i] += y[i] > 0 ? slope : 0;
    }
  } else {
#pragma clang loop vectorize(assume_safety)
    for (Index i = 0; i < count; ++i) {
      const real slope = dy[i];
      dx[i] = y[i] > 0 ? slope : 0;
    }
  }
}

}  // namespace

void relu(const real* x, Index count, real* y) {
  share_elements(count,
                 [&](Index begin, Index end) { relu_range(x + begin, end - begin, y + begin); });
}

void relu_gradient(const real* y, const real* dy, Index count, real* dx, bool accumulate) {
  share_elements(count, [&](Index begin, Index end) {
    relu_gradient_range(y + begin, dy + begin, end - begin, dx + begin, accumulate);
  });
}

}  // namespace deai::kernels
