#include "kernels/gemm.h"

#include <algorithm>

#include "kernels/micro.h"
#include "kernels/pack.h"

namespace deai::kernels {

namespace {

// Blocks after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008):
// a packed block of B (kMostDepth × kMostColumns) stays in the second cache while it meets mr rows
// of A after mr rows, which stay in the first. kMostColumns is a multiple of every nr in use,
// kMostRows (of A, turned at once) of every mr.
constexpr Index kMostDepth = 256;
constexpr Index kMostColumns = 256;
constexpr Index kMostRows = 60;

// Equal parts instead of a small last one: each part reads and writes all of C once more.
Index even_part(Index whole, Index most) {
  return whole <= most ? whole : ceil_div(whole, ceil_div(whole, most));
}

struct Workspace {
  real* b;    // packed: [panels, 1 + depth, nr]
  real* a;    // turned: [kMostRows, depth]
  real* sum;  // [mr, columns], where it must be added
  Index size;
};

Workspace carve(const Gemm& product, real* memory) {
  const Index depth = even_part(product.k, kMostDepth);
  const Index columns = round_up(std::min(product.n, kMostColumns), kMaxNr);
  Carver carver(memory);
  Workspace parts{};
  parts.b = carver.take((1 + depth) * columns);
  if (product.a_transposed) parts.a = carver.take(depth * std::min(product.m, kMostRows));
  parts.sum = carver.take(kMaxMr * columns);
  parts.size = carver.used();
  return parts;
}

// A part of B and, in it, of the sums: summands [k0, k0 + depth), columns [n0, n0 + columns).
struct Block {
  Index k0, depth;
  Index n0, columns;
};

void pack(const Gemm& p, const Block& block, real* packed) {
  const Index nr = micro_kernels().nr;
  for (Index column = 0; column < block.columns; column += nr) {
    const Index count = std::min(nr, block.columns - column);
    const Index first = block.n0 + column;
    std::fill_n(packed, nr, real(0));
    if (p.bias != nullptr && block.k0 == 0) std::copy_n(p.bias + first, count, packed);
    packed += nr;
    pack_panel(p.b_transposed ? p.b + first * p.k + block.k0 : p.b + block.k0 * p.n + first,
               p.b_transposed ? p.k : p.n, p.b_transposed, block.depth, count, nr, packed);
    packed += block.depth * nr;
  }
}

// Rows [m0, m0 + rows) of C from those of A, which begin at `a` and are `stride` apart.
void multiply(const Gemm& p, const Block& block, const Workspace& parts, const real* a,
              Index stride, Index m0, Index rows) {
  const MicroKernels& micro = micro_kernels();
  const bool add = p.accumulate || block.k0 > 0;
  for (Index row = 0; row < rows; row += micro.mr) {
    const Index count = std::min(micro.mr, rows - row);
    const real* pointers[kMaxMr];
    for (Index lane = 0; lane < micro.mr; ++lane) {
      pointers[lane] = a + (row + std::min(lane, count - 1)) * stride;
    }
    real* const c = p.c + (m0 + row) * p.n + block.n0;
    (count == 1 ? micro.igemm_row : micro.igemm)(count, block.columns, block.depth, 1, pointers,
                                                 parts.b, add ? parts.sum : c,
                                                 add ? block.columns : p.n, 0);
    if (!add) continue;
    for (Index lane = 0; lane < count; ++lane) {
      real* __restrict const to = c + lane * p.n;
      const real* __restrict const from = parts.sum + lane * block.columns;
      for (Index column = 0; column < block.columns; ++column) to[column] += from[column];
    }
  }
}

// Nothing to sum over: C = bias, or C + bias.
void add_bias_only(const Gemm& p) {
  for (Index row = 0; row < p.m; ++row) {
    for (Index column = 0; column < p.n; ++column) {
      real& c = p.c[row * p.n + column];
      c = (p.accumulate ? c : 0) + (p.bias == nullptr ? 0 : p.bias[column]);
    }
  }
}

}  // namespace

Index gemm_workspace(const Gemm& sizes) { return carve(sizes, nullptr).size; }

void gemm(const Gemm& p, real* workspace) {
  if (p.m == 0 || p.n == 0) return;
  if (p.k == 0) return add_bias_only(p);

  const Workspace parts = carve(p, workspace);
  const Index most_depth = even_part(p.k, kMostDepth);
  for (Index n0 = 0; n0 < p.n; n0 += kMostColumns) {
    for (Index k0 = 0; k0 < p.k; k0 += most_depth) {
      const Block block{k0, std::min(most_depth, p.k - k0), n0, std::min(kMostColumns, p.n - n0)};
      pack(p, block, parts.b);
      if (!p.a_transposed) {
        multiply(p, block, parts, p.a + k0, p.k, 0, p.m);
        continue;
      }
      for (Index m0 = 0; m0 < p.m; m0 += kMostRows) {
        const Index rows = std::min(kMostRows, p.m - m0);
        micro_kernels().transpose(block.depth, rows, p.a + k0 * p.m + m0, p.m, parts.a,
                                  block.depth);
        multiply(p, block, parts, parts.a, block.depth, m0, rows);
      }
    }
  }
}

}  // namespace deai::kernels
