#include "kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "kernels/share.h"
#include "kernels/softmax.h"

namespace deai::kernels {

namespace {

// share·q of all classes is taken from slope; returns their part of the loss.
real spread(const CrossEntropy& sizes, const real* z, real log_sum, real share, real* slope) {
  const real each = sizes.smoothing / static_cast<real>(sizes.classes);
  real loss = 0;
  for (Index c = 0; c < sizes.classes; ++c) {
    const real q = each * (sizes.weights == nullptr ? 1 : sizes.weights[c]);
    loss += q * (log_sum - z[c]);
    slope[c] -= share * q;
  }
  return loss;
}

// Of all q_c of a row with such a label.
real sum_of_targets(const CrossEntropy& sizes, real weight) {
  if (sizes.smoothing == 0) return weight;
  real all = static_cast<real>(sizes.classes);
  if (sizes.weights != nullptr) {
    all = 0;
    for (Index c = 0; c < sizes.classes; ++c) all += sizes.weights[c];
  }
  return (1 - sizes.smoothing) * weight + sizes.smoothing / static_cast<real>(sizes.classes) * all;
}

real row_loss(const CrossEntropy& sizes, const real* z, std::int32_t label, real share,
              real* slope) {
  const real weight = sizes.weights == nullptr ? 1 : sizes.weights[label];
  real largest = 0;
  const real sum = exp_minus_max_row(z, sizes.classes, slope, largest);
  const real factor = share * sum_of_targets(sizes, weight) / sum;
  for (Index c = 0; c < sizes.classes; ++c) slope[c] *= factor;
  const real hard = (1 - sizes.smoothing) * weight;
  slope[label] -= share * hard;
  // In this order nothing small is lost beside a large maximum.
  const real loss = hard * (std::log(sum) - (z[label] - largest));
  if (sizes.smoothing == 0) return loss;
  return loss + spread(sizes, z, std::log(sum) + largest, share, slope);
}

}  // namespace

void cross_entropy(const CrossEntropy& sizes, const real* logits, real share, real* losses,
                   real* slope) {
  const Index classes = sizes.classes;
  constexpr Index kElements = 8'192;  // of one worker's turn
  const Index turn = std::max<Index>(1, kElements / classes);
  const Index turns = (sizes.rows + turn - 1) / turn;
  kernels::share(turns > 1 ? threads() : 1, turns, [&](Index index, Index /*worker*/) {
    const Index end = std::min(sizes.rows, (index + 1) * turn);
    for (Index row = index * turn; row < end; ++row) {
      real* const out = slope + row * classes;
      const std::int32_t label = sizes.labels[row];
      if (sizes.ignores && label == sizes.ignored) {
        std::fill_n(out, classes, real(0));
        losses[row] = 0;
      } else {
        losses[row] = row_loss(sizes, logits + row * classes, label, share, out);
      }
    }
  });
}

}  // namespace deai::kernels
