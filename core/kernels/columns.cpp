#include "kernels/columns.h"

#include <algorithm>

namespace deai::kernels {

void copy_columns(const real* from, Index from_stride, Index rows, Index width, real* to,
                  Index to_stride, bool accumulate) {
  for (Index row = 0; row < rows; ++row) {
    const real* const in = from + row * from_stride;
    real* __restrict const out = to + row * to_stride;
    if (accumulate) {
      for (Index c = 0; c < width; ++c) out[c] += in[c];
    } else {
      std::copy_n(in, width, out);
    }
  }
}

void gather_rows(const real* table, Index width, const real* places, Index count, real* y) {
  for (Index i = 0; i < count; ++i) {
    std::copy_n(table + static_cast<Index>(places[i]) * width, width, y + i * width);
  }
}

void scatter_rows(const real* dy, Index width, const real* places, Index count, real* dtable) {
  for (Index i = 0; i < count; ++i) {
    real* __restrict const out = dtable + static_cast<Index>(places[i]) * width;
    const real* const in = dy + i * width;
    for (Index c = 0; c < width; ++c) out[c] += in[c];
  }
}

}  // namespace deai::kernels
