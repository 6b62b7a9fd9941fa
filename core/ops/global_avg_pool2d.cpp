#include "ops/global_avg_pool2d.h"

#include "base/error.h"
#include "ops/avg_pool2d.h"
#include "ops/reshape.h"

namespace deai::ops {

// y = the mean of all pixels, per channel; x [N, H, W, C] → [N, C]; dx = dy / (H·W) everywhere: one
// window of avg_pool2d. Keeps nothing.
autograd::Variable global_avg_pool2d(autograd::Context& context, const autograd::Variable& x) {
  const Shape& shape = x.shape();
  if (shape.rank() != 4 || shape[1] * shape[2] < 1) {
    fail(ErrorCode::kShape,
         text("global_avg_pool2d: expected x [N, H, W, C] with pixels, got ", shape.to_string()));
  }
  const autograd::Variable y =
      avg_pool2d(context, x, {.kernel = {shape[1], shape[2]}, .stride = {1, 1}});
  return reshape(context, y, {shape[0], shape[3]});
}

}  // namespace deai::ops
