#pragma once

#include "base/real.h"

namespace deai::kernels {

// Scaled dot-product attention (Vaswani et al., "Attention is all you need", 2017) of every sample
// and head: y = P·v, P = softmax(q·kᵀ / √width) along the keys.
struct Attention {
  Index samples;
  Index queries;   // steps of q and y in each sample
  Index keys;      // steps of k and v in each sample
  Index heads;     // of q and y
  Index kv_heads;  // of k and v, a divisor of heads: neighbouring heads of q share one
  Index width;     // of a head
  bool causal;     // query i sees the keys 0 … i + keys − queries
  Index q_step;    // elements from one step of q to the next; a sample's steps follow each other
  Index kv_step;   // the same of k and of v
};

// Reals; for the gradient or not.
Index attention_workspace(const Attention& sizes, bool gradient);

// y: [samples, queries, heads·width]. statistics: [samples, heads, queries, 2], for the gradient:
// the largest product of a query and 1 / Σ e^((product − largest) / √width).
void attention(const Attention& sizes, const real* q, const real* k, const real* v, real* y,
               real* statistics, real* workspace);

// dq, dk and dv lie as q, k and v do; accumulate: added to what is there. Every element is written.
void attention_gradient(const Attention& sizes, const real* q, const real* k, const real* v,
                        const real* statistics, const real* dy, real* dq, real* dk, real* dv,
                        bool accumulate, real* workspace);

}  // namespace deai::kernels
