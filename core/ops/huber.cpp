#include "ops/huber.h"

#include "base/error.h"
#include "kernels/activations.h"
#include "kernels/regression.h"

namespace deai::ops {

// loss = Σ h(x − target) / n, n the number of elements, h(e) = e²/2 where |e| ≤ δ and δ·(|e| − δ/2)
// elsewhere (Huber, 1964); any shape with n ≥ 1 → []; dx = dloss·(x − target, at most δ) / n.
// Keeps the latter without dloss.
autograd::Variable huber(autograd::Context& context, const autograd::Variable& prediction,
                         std::span<const real> target, real delta) {
  const auto count = static_cast<Index>(target.size());
  if (count < 1 || prediction.value().size() != count) {
    fail(ErrorCode::kShape,
         text("huber: expected as many targets as the prediction ", prediction.shape().to_string(),
              " has elements, at least 1, got ", count));
  }
  if (!(delta > 0)) {
    fail(ErrorCode::kArgument, text("huber: expected a delta above 0, got ", delta));
  }
  tensor::Tensor slope(prediction.shape());
  const double sum =
      kernels::huber(prediction.value().data(), target.data(), count, delta, slope.data());
  const auto mean = tensor::Tensor::scalar(static_cast<real>(sum / static_cast<double>(count)));
  if (!prediction.needs_gradient()) return autograd::Variable(mean);

  return context.tape.record(mean, [dx = prediction.gradient(), slope](const tensor::Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    const real factor = dy.item() / static_cast<real>(slope.size());
    kernels::scale(slope.data(), slope.size(), factor, data, accumulate);
  });
}

}  // namespace deai::ops
