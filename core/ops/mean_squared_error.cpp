#include "ops/mean_squared_error.h"

#include "base/error.h"
#include "ops/give.h"

namespace deai::ops {

// loss = Σ (x − target)² / n, n the number of elements; any shape with n ≥ 1 → [];
// dx = dloss·2·(x − target) / n. Keeps x − target.
autograd::Variable mean_squared_error(autograd::Context& context,
                                      const autograd::Variable& prediction,
                                      std::span<const real> target) {
  const auto count = static_cast<Index>(target.size());
  if (count < 1 || prediction.value().size() != count) {
    fail(ErrorCode::kShape,
         text("mean_squared_error: expected as many targets as the prediction ",
              prediction.shape().to_string(), " has elements, at least 1, got ", count));
  }
  tensor::Tensor error(prediction.shape());
  tensor::flat(error) = tensor::flat(prediction.value()) - tensor::ConstFlat(target.data(), count);
  const auto mean = tensor::Tensor::scalar(tensor::flat(error).square().mean());
  if (!prediction.needs_gradient()) return autograd::Variable(mean);

  return context.tape.record(mean, [dx = prediction.gradient(), error](const tensor::Tensor& dy) {
    const real factor = 2 * dy.item() / static_cast<real>(error.size());
    give(*dx, tensor::flat(error) * factor);
  });
}

}  // namespace deai::ops
