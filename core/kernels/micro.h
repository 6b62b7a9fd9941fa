#pragma once

#include "base/real.h"

// Only for core/kernels: the innermost kernels, XNNPACK's or (in the double build) Eigen's.
namespace deai::kernels {

// All strides and offsets count elements.
struct MicroKernels {
  Index mr;  // rows of C that one call makes at most; pointers per term
  Index nr;  // columns of a panel of W

  // The indirect matrix product: C[rows, columns] = bias + Σ_t A_t·W_t for rows ≤ mr and any
  // number of columns. Row r of A_t is the `depth` elements at a[t·mr + r] + a_offset; all mr
  // pointers of a term are readable, also those of rows that are not wanted.
  // W, aligned to 64 bytes: for each nr columns first their biases, then for each term and each of
  // its `depth` summands nr values side by side; zeros where there is no column.
  using Igemm = void (*)(Index rows, Index columns, Index depth, Index terms, const real** a,
                         const real* w, real* c, Index c_stride, Index a_offset);
  Igemm igemm;
  // The same with mr = 1.
  Igemm igemm_row;
  // For at most kFewRows rows and one term (still with mr pointers): those of igemm that are not
  // wanted cost as much as others.
  Igemm igemm_few;

  // out[j, i] = in[i, j] for i < rows, j < columns.
  using Transpose = void (*)(Index rows, Index columns, const real* in, Index in_stride, real* out,
                             Index out_stride);
  Transpose transpose;
};

// The best ones for this machine.
const MicroKernels& micro_kernels();
// Those that any machine has.
const MicroKernels& portable_micro_kernels();

inline constexpr Index kFewRows = 4;
// Of any machine.
inline constexpr Index kMaxMr = 8;
inline constexpr Index kMaxNr = 16;

// c [rows, columns] = bias + A·W for any number of rows of A that are a_stride apart.
void multiply_rows(Index rows, Index columns, Index depth, const real* a, Index a_stride,
                   const real* w, real* c, Index c_stride);

}  // namespace deai::kernels
