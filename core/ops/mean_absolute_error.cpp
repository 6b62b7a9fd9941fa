#include "ops/mean_absolute_error.h"

#include "base/error.h"
#include "kernels/activations.h"
#include "kernels/regression.h"

namespace deai::ops {

// loss = Σ |x − target| / n, n the number of elements; any shape with n ≥ 1 → [];
// dx = dloss·sign(x − target) / n. Keeps the sign.
autograd::Variable mean_absolute_error(autograd::Context& context,
                                       const autograd::Variable& prediction,
                                       std::span<const real> target) {
  const auto count = static_cast<Index>(target.size());
  if (count < 1 || prediction.value().size() != count) {
    fail(ErrorCode::kShape,
         text("mean_absolute_error: expected as many targets as the prediction ",
              prediction.shape().to_string(), " has elements, at least 1, got ", count));
  }
  tensor::Tensor slope(prediction.shape());
  const double sum =
      kernels::absolute_error(prediction.value().data(), target.data(), count, slope.data());
  const auto mean = tensor::Tensor::scalar(static_cast<real>(sum / static_cast<double>(count)));
  if (!prediction.needs_gradient()) return autograd::Variable(mean);

  return context.tape.record(mean, [dx = prediction.gradient(), slope](const tensor::Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    const real factor = dy.item() / static_cast<real>(slope.size());
    kernels::scale(slope.data(), slope.size(), factor, data, accumulate);
  });
}

}  // namespace deai::ops
