#include "kernels/gemm.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/micro.h"
#include "kernels/pack.h"

namespace deai::kernels {

namespace {

// Blocks after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008):
// one panel of B (kMostDepth × nr) stays in the first cache, a block of A (kMostRows × kMostDepth)
// in the second. kMostRows is a multiple of every mr in use, kMostColumns of every nr.
constexpr Index kMostDepth = 384;
constexpr Index kMostRows = 120;
constexpr Index kMostColumns = 512;

// Equal parts instead of a small last one: each part reads and writes all of C once more.
Index even_part(Index whole, Index most) {
  return whole <= most ? whole : ceil_div(whole, ceil_div(whole, most));
}

struct Workspace {
  real* b;
  real* a;
  Index size;
};

Workspace carve(const Gemm& product, real* memory) {
  const Index depth = even_part(product.k, kMostDepth);
  const Index columns = round_up(std::min(product.n, kMostColumns), kMaxNr);
  Carver carver(memory);
  Workspace parts{};
  parts.b = carver.take(depth * columns);
  if (product.a_transposed) parts.a = carver.take(depth * std::min(product.m, kMostRows));
  parts.size = carver.used();
  return parts;
}

// A block of rows of A, as the micro-kernel walks it: [rows, depth] with rows `stride` apart.
struct Rows {
  const real* a;
  Index stride;
  Index first;
  Index count;
  Index depth;
};

// Columns [first, first + count) of C, count ≤ nr, and the packed panel of B they need.
struct Panel {
  const real* w;
  Index first;
  Index count;
};

// What the sum begins with: C itself, the bias, or zero; in the first block of depth only.
enum class Start { kC, kBias, kZero };

void multiply(const Gemm& product, const Rows& rows, const Panel& panel, Start start, Clamp clamp) {
  const MicroKernels& micro = micro_kernels();
  alignas(kAlignBytes) real acc[kMaxMr * kMaxNr] = {};
  if (start == Start::kBias) {
    for (Index row = 0; row < micro.mr; ++row) {
      std::copy_n(product.bias + panel.first, panel.count, acc + row * micro.nr);
    }
  }
  for (Index row = 0; row < rows.count; row += micro.mr) {
    const Index count = std::min(micro.mr, rows.count - row);
    real* const c = product.c + (rows.first + row) * product.n + panel.first;
    if (start == Start::kC) {
      for (Index r = 0; r < count; ++r) {
        std::copy_n(c + r * product.n, panel.count, acc + r * micro.nr);
      }
    }
    (count == 1 ? micro.gemm_row : micro.gemm)(count, panel.count, rows.depth,
                                               rows.a + row * rows.stride, rows.stride, panel.w, c,
                                               product.n, acc, clamp);
  }
}

// Nothing to sum over: C = clamp(bias or zero or C).
void fill_without_product(const Gemm& product) {
  for (Index row = 0; row < product.m; ++row) {
    real* const c = product.c + row * product.n;
    for (Index column = 0; column < product.n; ++column) {
      const real start = product.accumulate ? c[column]
                         : product.bias != nullptr ? product.bias[column]
                                                   : real(0);
      c[column] = std::min(std::max(start, product.low), product.high);
    }
  }
}

}  // namespace

Index gemm_workspace(const Gemm& sizes) { return carve(sizes, nullptr).size; }

void gemm(const Gemm& product, real* workspace) {
  const auto& [m, n, k, a, a_transposed, b, b_transposed, c, accumulate, bias, low, high] = product;
  if (accumulate && bias != nullptr) {
    fail(ErrorCode::kInternal, "gemm: a bias cannot be added to what C holds");
  }
  if (m == 0 || n == 0) return;
  if (k == 0) return fill_without_product(product);

  const MicroKernels& micro = micro_kernels();
  const Workspace parts = carve(product, workspace);
  const Index depth_part = even_part(k, kMostDepth);
  for (Index n0 = 0; n0 < n; n0 += kMostColumns) {
    const Index n1 = std::min(n, n0 + kMostColumns);
    for (Index k0 = 0; k0 < k; k0 += depth_part) {
      const Index depth = std::min(depth_part, k - k0);
      for (Index column = n0; column < n1; column += micro.nr) {
        pack_panel(b_transposed ? b + column * k + k0 : b + k0 * n + column, b_transposed ? k : n,
                   b_transposed, depth, std::min(micro.nr, n1 - column), micro.nr,
                   parts.b + (column - n0) * depth);
      }
      const Start start = k0 > 0 || accumulate ? Start::kC
                          : bias != nullptr    ? Start::kBias
                                               : Start::kZero;
      const Clamp clamp = k0 + depth == k ? Clamp{low, high} : Clamp{-kUnbounded, kUnbounded};
      for (Index m0 = 0; m0 < m; m0 += kMostRows) {
        Rows rows{a + m0 * k + k0, k, m0, std::min(kMostRows, m - m0), depth};
        if (a_transposed) {
          micro.transpose(depth, rows.count, a + k0 * m + m0, m, parts.a, depth);
          rows.a = parts.a;
          rows.stride = depth;
        }
        for (Index column = n0; column < n1; column += micro.nr) {
          const Panel panel{parts.b + (column - n0) * depth, column,
                            std::min(micro.nr, n1 - column)};
          multiply(product, rows, panel, start, clamp);
        }
      }
    }
  }
}

}  // namespace deai::kernels
