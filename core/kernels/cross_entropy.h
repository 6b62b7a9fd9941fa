#pragma once

#include <cstdint>

#include "base/real.h"

namespace deai::kernels {

// Cross-entropy of softmax rows against labels. A row with the ignored label counts for nothing.
struct CrossEntropy {
  Index rows;
  Index classes;
  const std::int32_t* labels;     // [rows]
  const real* weights = nullptr;  // [classes]; nullptr: all are 1
  real smoothing = 0;             // this share of each target is spread over all classes alike
  bool ignores = false;
  std::int32_t ignored = 0;
};

// losses[n] = −Σ_c q_c·log p[n, c] with q_c = w_c·((1 − ε)·[c = label] + ε / classes);
// slope[n, j] = share·(p[n, j]·Σ_c q_c − q_j), the gradient of share·Σ_n losses[n].
void cross_entropy(const CrossEntropy& sizes, const real* logits, real share, real* losses,
                   real* slope);

}  // namespace deai::kernels
