#include "kernels/pack.h"

#include <algorithm>

#include "kernels/memory.h"
#include "kernels/micro.h"

namespace deai::kernels {

namespace {

// The width as a constant makes each row two or four vector moves.
template <Index nr>
void copy_rows(const real* b, Index stride, Index depth, real* out) {
  for (Index k = 0; k < depth; ++k) std::copy_n(b + k * stride, nr, out + k * nr);
}

}  // namespace

void pack_panel(const real* b, Index stride, bool transposed, Index depth, Index columns, Index nr,
                real* out) {
  if (columns < nr) std::fill_n(out, depth * nr, real(0));
  if (transposed) {
    micro_kernels().transpose(columns, depth, b, stride, out, nr);
  } else if (columns == 8 && nr == 8) {
    copy_rows<8>(b, stride, depth, out);
  } else if (columns == 16 && nr == 16) {
    copy_rows<16>(b, stride, depth, out);
  } else {
    for (Index k = 0; k < depth; ++k) std::copy_n(b + k * stride, columns, out + k * nr);
  }
}

void pack_panels(const real* b, Index stride, bool transposed, Index depth, Index columns,
                 const real* bias, real* out) {
  const Index nr = micro_kernels().nr;
  for (Index column = 0; column < columns; column += nr) {
    const Index count = std::min(nr, columns - column);
    std::fill_n(out, nr, real(0));
    if (bias != nullptr) std::copy_n(bias + column, count, out);
    out += nr;
    pack_panel(b + column * (transposed ? stride : 1), stride, transposed, depth, count, nr, out);
    out += depth * nr;
  }
}

Index packed_size(Index depth, Index columns) {
  return (1 + depth) * round_up(columns, micro_kernels().nr);
}

}  // namespace deai::kernels
