#include "ops/flatten.h"

#include "base/error.h"
#include "ops/reshape.h"

namespace deai::ops {

// [N, ...] → [N, F], F the product of the rest: a reshape, and its gradient is reshape's.
autograd::Variable flatten(autograd::Context& context, const autograd::Variable& x) {
  if (x.shape().rank() < 1) {
    fail(ErrorCode::kShape, text("flatten: expected x [N, ...], got ", x.shape().to_string()));
  }
  const Index batch = x.shape()[0];
  Index features = 1;
  for (const Index extent : x.shape().extents().subspan(1)) features *= extent;
  return reshape(context, x, {batch, features});
}

}  // namespace deai::ops
