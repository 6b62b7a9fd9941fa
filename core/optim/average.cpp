#include "optim/average.h"

#include "kernels/share.h"

namespace deai::optim {

void follow(std::span<real> average, std::span<const real> values, real share) {
  real* const to = average.data();
  const real* const from = values.data();
  kernels::share_elements(static_cast<Index>(average.size()), [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) to[i] += share * (from[i] - to[i]);
  });
}

}  // namespace deai::optim
