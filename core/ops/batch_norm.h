#pragma once

#include "autograd/context.h"

namespace deai::ops {

struct BatchNormOptions {
  real epsilon = real(1e-5);
  real momentum = real(0.1);  // the share of the newest batch in the running statistics
  bool frozen = false;        // always by the running statistics, which stay as they are
};

// [C] each; while training batch_norm writes into them.
struct RunningStatistics {
  tensor::Tensor mean;
  tensor::Tensor variance;
};

// While context.training, unless frozen, by the statistics of the batch, which also enter the running ones;
// otherwise by the running ones.
autograd::Variable batch_norm(autograd::Context& context, const autograd::Variable& x,
                              const autograd::Variable& gamma, const autograd::Variable& beta,
                              RunningStatistics running, const BatchNormOptions& options);

}  // namespace deai::ops
