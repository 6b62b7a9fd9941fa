#include "kernels/gemm.h"

#include <algorithm>

#include "kernels/micro.h"
#include "kernels/pack.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

// Blocks after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008):
// a packed block of B (kMostDepth × kMostColumns) stays in the second cache while it meets mr rows
// of A after mr rows, which stay in the first. kMostColumns is a multiple of every nr in use,
// kMostRows (of A, turned at once) of every mr.
constexpr Index kMostDepth = 256;
constexpr Index kMostColumns = 128;
constexpr Index kMostRows = 60;

// Equal parts instead of a small last one: each part reads and writes all of C once more.
Index even_part(Index whole, Index most) {
  return whole <= most ? whole : ceil_div(whole, ceil_div(whole, most));
}

// What one thread works at by itself: rows [m0, m0 + rows) and columns [n0, n0 + columns) of C.
struct Part {
  Index m0, rows;
  Index n0, columns;
};

// Parts of equal size (but the last ones) that cover C. An element of C is the same sum in the
// same order in whatever part it lies: results do not depend on the number of threads.
struct Grid {
  Index rows, columns;  // of a part
  Index down, across;   // parts
  Index count() const { return down * across; }
  Part part(const Gemm& p, Index index) const {
    const Index m0 = index / across * rows;
    const Index n0 = index % across * columns;
    return {m0, std::min(rows, p.m - m0), n0, std::min(columns, p.n - n0)};
  }
};

// C is cut across its columns, where nothing of B is packed twice, as long as parts are wide
// enough; then across its rows.
Grid make_grid(const Gemm& p) {
  Grid grid{p.m, p.n, 1, 1};
  if (p.alone) return grid;
  const Index most = worthwhile_threads(static_cast<double>(p.m) * static_cast<double>(p.n) *
                                        static_cast<double>(p.k));
  if (most == 1) return grid;
  constexpr Index kLeastColumns = 32;
  grid.columns = round_up(ceil_div(p.n, std::min(most, ceil_div(p.n, kLeastColumns))), kMaxNr);
  grid.across = ceil_div(p.n, grid.columns);
  grid.rows = round_up(ceil_div(p.m, most / grid.across), micro_kernels().mr);
  grid.down = ceil_div(p.m, grid.rows);
  return grid;
}

// Columns of a block: fewer where the packed block would be large beside A, B and C themselves, so that
// it does not count in the memory of a small net's step; but not within other kernels, who take the
// workspace of their largest product for all.
Index block_columns(const Gemm& p, const Grid& grid, Index depth) {
  constexpr Index kShare = 12;
  constexpr Index kSmall =
      1100;  // reals that are not worth saving: A is turned anew for each block
  const Index whole = std::min(round_up(grid.columns, kMaxNr), kMostColumns);
  if (p.alone) return whole;
  const Index operands = p.m * p.n + (p.m + p.n) * p.k;
  const Index fair = std::max(operands / kShare, kSmall) / (1 + depth) / kMaxNr * kMaxNr;
  return std::min(std::max(fair, kMaxNr), whole);
}

struct Workspace {
  real* b;    // packed: [panels, 1 + depth, nr]
  real* a;    // turned: [kMostRows, depth]
  real* sum;  // [mr, columns], where it must be added
  Index columns;
  Index size;
};

// Of one part.
Workspace carve(const Gemm& product, const Grid& grid, real* memory) {
  const Index depth = even_part(product.k, kMostDepth);
  Carver carver(memory);
  Workspace parts{};
  parts.columns = block_columns(product, grid, depth);
  parts.b = carver.take((1 + depth) * parts.columns);
  if (product.a_transposed) parts.a = carver.take(depth * std::min(grid.rows, kMostRows));
  if (product.alone || product.accumulate || product.k > depth) {
    parts.sum = carver.take(kMaxMr * parts.columns);
  }
  parts.size = carver.used();
  return parts;
}

// A part of B and, in it, of the sums: summands [k0, k0 + depth), columns [n0, n0 + columns).
struct Block {
  Index k0, depth;
  Index n0, columns;
};

void pack(const Gemm& p, const Block& block, real* packed) {
  const Index row = p.b_transposed ? block.n0 : block.k0;
  const Index place = p.b_transposed ? block.k0 : block.n0;
  const bool biased = p.bias != nullptr && block.k0 == 0;
  pack_panels(p.b + row * p.b_stride + place, p.b_stride, p.b_transposed, block.depth,
              block.columns, biased ? p.bias + block.n0 : nullptr, packed);
}

// Rows [m0, m0 + rows) of C from those of A, which begin at `a` and are `stride` apart.
void multiply(const Gemm& p, const Block& block, const Workspace& parts, const real* a,
              Index stride, Index m0, Index rows) {
  real* const c = p.c + m0 * p.c_stride + block.n0;
  if (!p.accumulate && block.k0 == 0) {
    return multiply_rows(rows, block.columns, block.depth, a, stride, parts.b, c, p.c_stride);
  }
  const Index mr = micro_kernels().mr;
  for (Index row = 0; row < rows; row += mr) {
    const Index count = std::min(mr, rows - row);
    multiply_rows(count, block.columns, block.depth, a + row * stride, stride, parts.b, parts.sum,
                  block.columns);
    for (Index lane = 0; lane < count; ++lane) {
      real* __restrict const to = c + (row + lane) * p.c_stride;
      const real* __restrict const from = parts.sum + lane * block.columns;
      for (Index column = 0; column < block.columns; ++column) to[column] += from[column];
    }
  }
}

// Nothing to sum over: C = bias, or C + bias.
void add_bias_only(const Gemm& p) {
  for (Index row = 0; row < p.m; ++row) {
    for (Index column = 0; column < p.n; ++column) {
      real& c = p.c[row * p.c_stride + column];
      c = (p.accumulate ? c : 0) + (p.bias == nullptr ? 0 : p.bias[column]);
    }
  }
}

void multiply_part(const Gemm& p, const Part& part, const Workspace& parts) {
  const Index most_depth = even_part(p.k, kMostDepth);
  const Index n_end = part.n0 + part.columns;
  const Index m_end = part.m0 + part.rows;
  for (Index n0 = part.n0; n0 < n_end; n0 += parts.columns) {
    for (Index k0 = 0; k0 < p.k; k0 += most_depth) {
      const Block block{k0, std::min(most_depth, p.k - k0), n0,
                        std::min(parts.columns, n_end - n0)};
      pack(p, block, parts.b);
      if (!p.a_transposed) {
        multiply(p, block, parts, p.a + part.m0 * p.a_stride + k0, p.a_stride, part.m0, part.rows);
        continue;
      }
      for (Index m0 = part.m0; m0 < m_end; m0 += kMostRows) {
        const Index rows = std::min(kMostRows, m_end - m0);
        micro_kernels().transpose(block.depth, rows, p.a + k0 * p.a_stride + m0, p.a_stride,
                                  parts.a, block.depth);
        multiply(p, block, parts, parts.a, block.depth, m0, rows);
      }
    }
  }
}

}  // namespace

Index gemm_workspace(const Gemm& sizes) {
  const Grid grid = make_grid(sizes);
  return carve(sizes, grid, nullptr).size * grid.count();
}

void gemm(const Gemm& product, real* workspace) {
  if (product.m == 0 || product.n == 0) return;
  Gemm p = product;
  if (p.a_stride == 0) p.a_stride = p.a_transposed ? p.m : p.k;
  if (p.b_stride == 0) p.b_stride = p.b_transposed ? p.k : p.n;
  if (p.c_stride == 0) p.c_stride = p.n;
  if (p.k == 0) return add_bias_only(p);

  const Grid grid = make_grid(p);
  const Index size = carve(p, grid, nullptr).size;
  share(grid.count(), grid.count(), [&](Index index, Index /*worker*/) {
    multiply_part(p, grid.part(p, index), carve(p, grid, workspace + index * size));
  });
}

}  // namespace deai::kernels
