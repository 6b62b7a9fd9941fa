#include "optim/clip_norm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/parallel.h"
#include "kernels/share.h"

namespace deai::optim {
namespace {

// In lanes, so that it is vectors although sums of doubles have an order.
double sum_of_squares(std::span<const real> values) {
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> sums{};
  std::size_t at = 0;
  for (; at + kLanes <= values.size(); at += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto value = static_cast<double>(values[at + lane]);
      sums[lane] += value * value;
    }
  }
  for (; at < values.size(); ++at) {
    sums[0] += static_cast<double>(values[at]) * static_cast<double>(values[at]);
  }
  double sum = 0;
  for (const double lane : sums) sum += lane;
  return sum;
}

}  // namespace

double norm(std::span<const real> values) {
  // Parts that depend on the size alone, summed in their order.
  constexpr std::size_t kMostParts = 256;
  constexpr std::size_t kLeast = 32'768;
  const std::size_t part = std::max(kLeast, (values.size() + kMostParts - 1) / kMostParts);
  const std::size_t parts = (values.size() + part - 1) / part;
  std::array<double, kMostParts> sums;
  kernels::parallel_for(static_cast<Index>(parts), [&](Index index, Index /*worker*/) {
    const auto place = static_cast<std::size_t>(index);
    const std::size_t begin = place * part;
    sums[place] = sum_of_squares(values.subspan(begin, std::min(part, values.size() - begin)));
  });
  double sum = 0;
  for (std::size_t place = 0; place < parts; ++place) sum += sums[place];
  return std::sqrt(sum);
}

void clip_norm(std::span<real> gradient, double most) {
  const double share = most / (norm(gradient) + 1e-6);
  if (!(share < 1)) return;
  const auto scale = static_cast<real>(share);
  real* const g = gradient.data();
  kernels::share_elements(static_cast<Index>(gradient.size()), [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) g[i] *= scale;
  });
}

}  // namespace deai::optim
