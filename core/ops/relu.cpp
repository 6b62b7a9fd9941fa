#include "ops/relu.h"

#include <utility>

#include "kernels/relu.h"

namespace deai::ops {

// y = max(x, 0); any shape → the same; dx = dy where y > 0. Keeps y.
// A NaN stays one: a loss that went wrong must be seen. Works in place where nobody else holds x, and
// dy on the way back: such layers are what fills a page's memory.
autograd::Variable relu(autograd::Context& context, autograd::Variable x) {
  autograd::Gradient* const dx = x.gradient();
  tensor::Tensor from = std::exchange(x, autograd::Variable()).release();
  tensor::Tensor y = from.is_sole_owner() ? from : tensor::Tensor(from.shape());
  kernels::relu(from.data(), y.size(), y.data());
  if (dx == nullptr) return autograd::Variable(y);

  return context.tape.record(y, [dx, y](tensor::Tensor& dy) {
    if (dx->nothing_arrived() && dy.is_sole_owner()) {
      kernels::relu_gradient(y.data(), dy.data(), dy.size(), dy.data(), false);
      return dx->adopt(std::move(dy));
    }
    const auto [data, accumulate] = dx->target();
    kernels::relu_gradient(y.data(), dy.data(), dy.size(), data, accumulate);
  });
}

}  // namespace deai::ops
