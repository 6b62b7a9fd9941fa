#pragma once

#include "kernels/memory.h"

namespace deai::kernels {

// C = clamp(op(A)·op(B) + bias) or C = clamp(C + op(A)·op(B)); all row-major without gaps.
struct Gemm {
  Index m;  // rows of C
  Index n;  // columns of C
  Index k;  // the summed extent

  const real* a;              // [m, k], or [k, m] when transposed
  bool a_transposed = false;
  const real* b;              // [k, n], or [n, k] when transposed
  bool b_transposed = false;

  real* c;                    // [m, n]
  bool accumulate = false;    // add to what C holds; not together with a bias
  const real* bias = nullptr;  // [n], added to each row
  real low = -kUnbounded;
  real high = kUnbounded;
};

// Reals that gemm needs as workspace.
Index gemm_workspace(const Gemm& sizes);
void gemm(const Gemm& product, real* workspace);

}  // namespace deai::kernels
