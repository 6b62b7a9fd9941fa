#include "optim/descent.h"

#include <algorithm>
#include <utility>

#include "kernels/share.h"
#include "optim/clip_norm.h"

namespace deai::optim {
namespace {

using tensor::Tensor;

// y ← keep·y + share·x
void mix(std::span<real> y, real keep, std::span<const real> x, real share) {
  real* const to = y.data();
  const real* const from = x.data();
  kernels::share_elements(static_cast<Index>(y.size()), [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) to[i] = keep * to[i] + share * from[i];
  });
}

}  // namespace

Descent::Descent(std::unique_ptr<Optimizer> optimizer, Index weights,
                 const DescentSettings& settings)
    : optimizer_(std::move(optimizer)),
      settings_(settings),
      gathered_(Tensor::zeros({settings.accumulate > 1 ? weights : 0})),
      lag_(Tensor::zeros({settings.average > 0 ? weights : 0})) {}

std::span<real> Descent::gather(std::span<real> gradient) {
  if (settings_.accumulate == 1) return gradient;
  double& batches = counts_[1];
  const auto share = static_cast<real>(1 / static_cast<double>(settings_.accumulate));
  mix(gathered_.span(), batches == 0 ? 0 : 1, gradient, share);
  batches += 1;
  if (batches < static_cast<double>(settings_.accumulate)) return {};
  batches = 0;
  return gathered_.span();
}

void Descent::step(std::span<real> weights, std::span<real> gradient) {
  const std::span<real> mean = gather(gradient);
  if (mean.empty()) return;
  if (settings_.clip_norm > 0) clip_norm(mean, settings_.clip_norm);
  const double rate = settings_.learning_rate * factor_at(settings_.schedule, counts_[0]);
  if (averages()) mix(lag_.span(), 1, weights, 1);  // the average itself, until the weights moved
  optimizer_->step(weights, mean, static_cast<real>(rate));
  counts_[0] += 1;
  if (averages()) {
    // average ← keep·average + (1 − keep)·weights, less the weights.
    const auto keep =
        static_cast<real>(std::min(settings_.average, (1 + counts_[0]) / (10 + counts_[0])));
    mix(lag_.span(), keep, weights, -keep);
  }
}

void Descent::forget_average() { lag_.fill(0); }

}  // namespace deai::optim
