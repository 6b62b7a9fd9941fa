#include <Eigen/Core>
#include <algorithm>

#include "kernels/micro.h"

namespace deai::kernels {

namespace {

constexpr Index kRows = 4;
constexpr Index kColumns = 8;

using Row = Eigen::Array<real, 1, kColumns>;
using ConstRow = Eigen::Map<const Row>;

template <Index mr>
void igemm(Index rows, Index columns, Index depth, Index terms, const real** a, const real* w,
           real* c, Index c_stride, Index a_offset) {
  const Index panel = (1 + terms * depth) * kColumns;
  for (Index first = 0; first < columns; first += kColumns, w += panel) {
    const Index count = std::min(kColumns, columns - first);
    for (Index row = 0; row < rows; ++row) {
      Row sum = ConstRow(w);
      const real* next = w + kColumns;
      for (Index term = 0; term < terms; ++term) {
        const real* const values = a[term * mr + row] + a_offset;
        for (Index k = 0; k < depth; ++k, next += kColumns) sum += values[k] * ConstRow(next);
      }
      Eigen::Map<Eigen::Array<real, 1, Eigen::Dynamic>>(c + row * c_stride + first, count) =
          sum.head(count);
    }
  }
}

void transpose(Index rows, Index columns, const real* in, Index in_stride, real* out,
               Index out_stride) {
  using Matrix = Eigen::Matrix<real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Stride = Eigen::OuterStride<>;
  Eigen::Map<Matrix, 0, Stride>(out, columns, rows, Stride(out_stride)) =
      Eigen::Map<const Matrix, 0, Stride>(in, rows, columns, Stride(in_stride)).transpose();
}

}  // namespace

const MicroKernels& micro_kernels() {
  static constexpr MicroKernels kKernels{kRows,    kColumns,     igemm<kRows>,
                                         igemm<1>, igemm<kRows>, transpose};
  return kKernels;
}

const MicroKernels& portable_micro_kernels() { return micro_kernels(); }

}  // namespace deai::kernels
