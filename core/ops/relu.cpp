#include "ops/relu.h"

#include <utility>

#include "kernels/relu.h"

namespace deai::ops {

namespace {

// A tensor as room for words.
std::uint32_t* words_in(tensor::Tensor& memory) {
  return reinterpret_cast<std::uint32_t*>(memory.data());
}
const std::uint32_t* words_in(const tensor::Tensor& memory) {
  return reinterpret_cast<const std::uint32_t*>(memory.data());
}

}  // namespace

// y = max(x, 0); any shape → the same; dx = dy where y > 0. Keeps a bit for each element: which.
// A NaN stays one: a loss that went wrong must be seen. Works in place where nobody else holds x, and
// dy on the way back: such layers are what fills a page's memory.
autograd::Variable relu(autograd::Context& context, autograd::Variable x) {
  autograd::Gradient* const dx = x.gradient();
  tensor::Tensor from = std::exchange(x, autograd::Variable()).release();
  tensor::Tensor y = from.is_sole_owner() ? from : tensor::Tensor(from.shape());
  if (dx == nullptr) {
    kernels::relu(from.data(), y.size(), y.data(), nullptr);
    return autograd::Variable(y);
  }
  static_assert(sizeof(real) % sizeof(std::uint32_t) == 0);
  constexpr Index kWords{sizeof(real) / sizeof(std::uint32_t)};
  tensor::Tensor positive({kernels::ceil_div(kernels::positive_words(y.size()), kWords)});
  kernels::relu(from.data(), y.size(), y.data(), words_in(positive));

  return context.tape.record(y, [dx, positive](tensor::Tensor& dy) {
    if (dx->may_adopt() && dy.is_sole_owner()) {
      kernels::relu_gradient(words_in(positive), dy.data(), dy.size(), dy.data(), false);
      return dx->adopt(std::move(dy));
    }
    const auto [data, accumulate] = dx->target();
    kernels::relu_gradient(words_in(positive), dy.data(), dy.size(), data, accumulate);
  });
}

}  // namespace deai::ops
