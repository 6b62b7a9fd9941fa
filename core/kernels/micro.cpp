#include "kernels/micro.h"

#include <algorithm>

namespace deai::kernels {

void multiply_rows(Index rows, Index columns, Index depth, const real* a, Index a_stride,
                   const real* w, real* c, Index c_stride) {
  const MicroKernels& micro = micro_kernels();
  for (Index row = 0; row < rows; row += micro.mr) {
    const Index count = std::min(micro.mr, rows - row);
    const real* pointers[kMaxMr];
    for (Index lane = 0; lane < micro.mr; ++lane) {
      pointers[lane] = a + (row + std::min(lane, count - 1)) * a_stride;
    }
    const auto igemm = count == 1          ? micro.igemm_row
                       : count <= kFewRows ? micro.igemm_few
                                           : micro.igemm;
    igemm(count, columns, depth, 1, pointers, w, c + row * c_stride, c_stride, 0);
  }
}

}  // namespace deai::kernels
