#include "kernels/attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/gemm.h"
#include "kernels/lane_math.h"
#include "kernels/memory.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

// Queries whose weights P are held at a time: few enough for the second cache, enough to make up
// for packing the keys once more for every block.
constexpr Index kMostRows = 64;

// What one worker has for itself.
struct Workspace {
  real* weights;    // P, [rows, keys]
  real* gradients;  // of P, the same
  real* products;   // gemm's
  Index size;
};

// gemm's workspace is largest where it sums over as much as it packs at a time.
Workspace carve(const Attention& p, bool gradient, real* memory) {
  constexpr Index kMostDepth = 256;
  const Index rows = std::min(kMostRows, p.queries);
  Gemm sizes{.m = rows,
             .n = p.keys,
             .k = std::min(p.width, kMostDepth),
             .a = nullptr,
             .b = nullptr,
             .b_transposed = true,
             .c = nullptr,
             .alone = true};
  Index products = gemm_workspace(sizes);
  sizes.n = p.width;
  sizes.k = std::min(p.keys, kMostDepth);
  products = std::max(products, gemm_workspace(sizes));
  sizes.m = p.keys;
  sizes.k = rows;
  sizes.a_transposed = true;
  products = std::max(products, gemm_workspace(sizes));

  Carver carver(memory);
  Workspace parts{};
  parts.weights = carver.take(rows * p.keys);
  if (gradient) parts.gradients = carver.take(rows * p.keys);
  parts.products = carver.take(products);
  parts.size = carver.used();
  return parts;
}

// Some queries of one head: rows [first, first + rows), and the keys that the last of them sees.
struct Block {
  Index first, rows, keys;
};

Index visible(const Attention& p, Index query) {
  return p.causal ? query + 1 + p.keys - p.queries : p.keys;
}

Block block_at(const Attention& p, Index first) {
  const Index rows = std::min(kMostRows, p.queries - first);
  return {first, rows, visible(p, first + rows - 1)};
}

real scale_of(const Attention& p) { return 1 / std::sqrt(static_cast<real>(p.width)); }

// q·kᵀ of a block, or dy·vᵀ, which has the same sizes.
void multiply_keys(const Attention& p, const Block& block, const real* q, Index q_step,
                   const real* k, real* out, real* workspace) {
  gemm({.m = block.rows,
        .n = block.keys,
        .k = p.width,
        .a = q,
        .b = k,
        .b_transposed = true,
        .c = out,
        .a_stride = q_step,
        .b_stride = p.kv_step,
        .alone = true},
       workspace);
}

// P·v of a block, or dP·k.
void multiply_values(const Attention& p, const Block& block, const real* weights, const real* v,
                     real* out, Index out_step, bool accumulate, real* workspace) {
  gemm({.m = block.rows,
        .n = p.width,
        .k = block.keys,
        .a = weights,
        .b = v,
        .c = out,
        .accumulate = accumulate,
        .b_stride = p.kv_step,
        .c_stride = out_step,
        .alone = true},
       workspace);
}

// Pᵀ·dy of a block, or dPᵀ·q: what it gives to the keys that it sees.
void give_keys(const Attention& p, const Block& block, const real* weights, const real* dy,
               Index dy_step, real* out, bool accumulate, real* workspace) {
  gemm({.m = block.keys,
        .n = p.width,
        .k = block.rows,
        .a = weights,
        .a_transposed = true,
        .b = dy,
        .c = out,
        .accumulate = accumulate,
        .b_stride = dy_step,
        .c_stride = p.kv_step,
        .alone = true},
       workspace);
}

// x = e^((x − largest)·scale)·factor where a query sees, 0 behind; returns the sum.
real exponentiate(real* x, Index seen, Index count, real largest, real scale, real factor) {
  Lanes sums{};
  for (Index i = 0; i < seen; i += kLanes) {
    Lanes e = exp((load(x + i) - largest) * scale) * factor;
    for (Index lane = seen - i; lane < kLanes; ++lane) e[lane] = 0;
    store_some(x + i, e, count - i);
    sums += e;
  }
  std::fill(x + seen, x + count, real(0));
  return sum(sums);
}

// dP from dP of the weights: P·(dP − Σ P·dP)·scale, of q·kᵀ.
void through_softmax(const real* weights, real* gradients, Index count, real scale) {
  Lanes sums{};
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) sums += load(gradients + i) * load(weights + i);
  real dot = sum(sums);
  for (; i < count; ++i) dot += gradients[i] * weights[i];
  for (i = 0; i < count; ++i) gradients[i] = weights[i] * (gradients[i] - dot) * scale;
}

struct Inputs {
  const real* q;
  const real* k;
  const real* v;
};

// What belongs to one sample and head.
Inputs inputs_of(const Attention& p, const Inputs& all, Index sample, Index head) {
  const Index shared = head / (p.heads / p.kv_heads) * p.width + sample * p.keys * p.kv_step;
  return {all.q + sample * p.queries * p.q_step + head * p.width, all.k + shared, all.v + shared};
}

void forward(const Attention& p, const Inputs& in, real* y, real* statistics,
             const Workspace& parts) {
  const Index y_step = p.heads * p.width;
  const real scale = scale_of(p);
  for (Index first = 0; first < p.queries; first += kMostRows) {
    const Block block = block_at(p, first);
    multiply_keys(p, block, in.q + first * p.q_step, p.q_step, in.k, parts.weights, parts.products);
    for (Index row = 0; row < block.rows; ++row) {
      real* const weights = parts.weights + row * block.keys;
      const Index seen = visible(p, first + row);
      const real largest = largest_of(weights, seen);
      const real total = exponentiate(weights, seen, block.keys, largest, scale, 1);
      statistics[2 * (first + row)] = largest;
      statistics[2 * (first + row) + 1] = 1 / total;
    }
    real* const out = y + first * y_step;
    multiply_values(p, block, parts.weights, in.v, out, y_step, false, parts.products);
    for (Index row = 0; row < block.rows; ++row) {
      const real factor = statistics[2 * (first + row) + 1];
      for (Index column = 0; column < p.width; ++column) out[row * y_step + column] *= factor;
    }
  }
}

// Of one head; `first_use` of its keys: nothing was given to them before. The last block comes
// first, as it sees every key: what the others give is added.
void backward(const Attention& p, const Inputs& in, const real* statistics, const real* dy,
              real* dq, real* dk, real* dv, bool accumulate, bool first_use,
              const Workspace& parts) {
  const Index y_step = p.heads * p.width;
  const real scale = scale_of(p);
  const Index last = (p.queries - 1) / kMostRows * kMostRows;
  for (Index first = last; first >= 0; first -= kMostRows) {
    const Block block = block_at(p, first);
    const bool add = accumulate || !first_use || first != last;
    const real* const q = in.q + first * p.q_step;
    const real* const given = dy + first * y_step;
    multiply_keys(p, block, q, p.q_step, in.k, parts.weights, parts.products);
    for (Index row = 0; row < block.rows; ++row) {
      const real* const kept = statistics + 2 * (first + row);
      exponentiate(parts.weights + row * block.keys, visible(p, first + row), block.keys, kept[0],
                   scale, kept[1]);
    }
    give_keys(p, block, parts.weights, given, y_step, dv, add, parts.products);
    multiply_keys(p, block, given, y_step, in.v, parts.gradients, parts.products);
    for (Index row = 0; row < block.rows; ++row) {
      const Index at = row * block.keys;
      through_softmax(parts.weights + at, parts.gradients + at, block.keys, scale);
    }
    give_keys(p, block, parts.gradients, q, p.q_step, dk, add, parts.products);
    multiply_values(p, block, parts.gradients, in.k, dq + first * p.q_step, p.q_step, accumulate,
                    parts.products);
  }
}

// One, or all threads there are.
Index workers(const Attention& p) {
  const double multiplications = 2.0 * static_cast<double>(p.samples * p.heads) *
                                 static_cast<double>(p.queries) * static_cast<double>(p.keys) *
                                 static_cast<double>(p.width);
  return worthwhile_threads(multiplications) > 1 ? threads() : 1;
}

}  // namespace

Index attention_workspace(const Attention& sizes, bool gradient) {
  return carve(sizes, gradient, nullptr).size * workers(sizes);
}

void attention(const Attention& sizes, const real* q, const real* k, const real* v, real* y,
               real* statistics, real* workspace) {
  const Attention p = sizes;
  if (p.queries == 0) return;
  const Index size = carve(p, false, nullptr).size;
  share(workers(p), p.samples * p.heads, [&](Index index, Index worker) {
    const Index sample = index / p.heads, head = index % p.heads;
    forward(p, inputs_of(p, {q, k, v}, sample, head),
            y + (sample * p.queries * p.heads + head) * p.width, statistics + 2 * index * p.queries,
            carve(p, false, workspace + worker * size));
  });
}

// Heads that share keys go one after the other.
void attention_gradient(const Attention& sizes, const real* q, const real* k, const real* v,
                        const real* statistics, const real* dy, real* dq, real* dk, real* dv,
                        bool accumulate, real* workspace) {
  const Attention p = sizes;
  if (p.queries == 0) return;
  const Index size = carve(p, true, nullptr).size;
  const Index group = p.heads / p.kv_heads;
  share(workers(p), p.samples * p.kv_heads, [&](Index index, Index worker) {
    const Index sample = index / p.kv_heads, shared = index % p.kv_heads;
    const Index keys = sample * p.keys * p.kv_step + shared * p.width;
    for (Index head = shared * group; head < (shared + 1) * group; ++head) {
      const Index queries = sample * p.queries;
      backward(p, inputs_of(p, {q, k, v}, sample, head),
               statistics + 2 * (sample * p.heads + head) * p.queries,
               dy + (queries * p.heads + head) * p.width, dq + queries * p.q_step + head * p.width,
               dk + keys, dv + keys, accumulate, head == shared * group,
               carve(p, true, workspace + worker * size));
    }
  });
}

}  // namespace deai::kernels
