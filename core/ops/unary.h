#pragma once

#include "autograd/context.h"
#include "kernels/activations.h"

// Only for the .cpp files of core/ops.
namespace deai::ops {

enum class Keeps { kX, kY };

// y = f(x), each element for itself; any shape → the same.
inline autograd::Variable unary(autograd::Context& context, const autograd::Variable& x,
                                kernels::Activation f, kernels::ActivationGradient gradient,
                                Keeps keeps) {
  tensor::Tensor y(x.shape());
  f(x.value().data(), y.size(), y.data());
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [kept = keeps == Keeps::kX ? x.value() : y, dx = x.gradient(),
                                 gradient](const tensor::Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    gradient(kept.data(), dy.data(), dy.size(), data, accumulate);
  });
}

}  // namespace deai::ops
