#pragma once

#include "base/real.h"

// Only for core/kernels: the innermost kernels, XNNPACK's or (in the double build) Eigen's.
namespace deai::kernels {

struct Clamp {
  real low;
  real high;
};

// All strides count elements. W is a panel of packed columns: for each k, nr values side by side,
// zero where there is no column.
struct MicroKernels {
  Index mr;  // most rows of one call
  Index nr;  // columns of a panel

  // C[rows, columns] = clamp(acc + A[rows, depth]·W) for rows ≤ mr, columns ≤ nr.
  // acc: mr × nr, aligned to 64 bytes, all of it readable. gemm_row: the same for one row.
  using Gemm = void (*)(Index rows, Index columns, Index depth, const real* a, Index a_stride,
                        const real* w, real* c, Index c_stride, const real* acc, Clamp clamp);
  Gemm gemm;
  Gemm gemm_row;

  // C[rows, columns] = bias + Σ_t A_t·W_t for rows ≤ mr and any number of columns, where row r of
  // A_t is the `depth` elements at a[t·mr + r] + a_offset; all mr pointers of each t are readable.
  // W: for each nr columns their biases, then terms·depth rows of the panel.
  using Igemm = void (*)(Index rows, Index columns, Index depth, Index terms, const real** a,
                         const real* w, real* c, Index c_stride, Index a_offset);
  Igemm igemm;

  // out[j, i] = in[i, j] for i < rows, j < columns.
  using Transpose = void (*)(Index rows, Index columns, const real* in, Index in_stride, real* out,
                             Index out_stride);
  Transpose transpose;
};

// The best ones for this machine.
const MicroKernels& micro_kernels();

inline constexpr Index kMaxMr = 8;
inline constexpr Index kMaxNr = 16;

}  // namespace deai::kernels
