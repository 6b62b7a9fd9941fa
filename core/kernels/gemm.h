#pragma once

#include "kernels/memory.h"

namespace deai::kernels {

// C = op(A)·op(B) + bias, or C = C + op(A)·op(B) + bias; all row-major.
struct Gemm {
  Index m;  // rows of C
  Index n;  // columns of C
  Index k;  // the summed extent

  const real* a;  // [m, k], or [k, m] when transposed
  bool a_transposed = false;
  const real* b;  // [k, n], or [n, k] when transposed
  bool b_transposed = false;

  real* c;                     // [m, n]
  bool accumulate = false;     // add to what C holds
  const real* bias = nullptr;  // [n], added to each row

  // Elements from row to row where there are gaps; 0: none.
  Index a_stride = 0;
  Index b_stride = 0;
  Index c_stride = 0;

  bool alone = false;  // by the calling thread: within a body of parallel_for
};

// Reals that gemm needs as workspace.
Index gemm_workspace(const Gemm& sizes);
void gemm(const Gemm& product, real* workspace);

}  // namespace deai::kernels
