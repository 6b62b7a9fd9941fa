#include "ops/pool2d.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/conv2d.h"

namespace deai::ops {

void check_pool2d(std::string_view op, const Shape& x, const Pool2dOptions& options) {
  const auto& [kernel, stride, padding] = options;
  if (x.rank() != 4) {
    fail(ErrorCode::kShape, text(op, ": expected x [N, H, W, C], got ", x.to_string()));
  }
  if (std::min({kernel[0], kernel[1], stride[0], stride[1]}) < 1 ||
      std::min(padding[0], padding[1]) < 0 || padding[0] > kernel[0] / 2 ||
      padding[1] > kernel[1] / 2) {
    fail(ErrorCode::kArgument,
         text(op, ": kernel and stride are at least 1, padding at most half of the kernel"));
  }
  if (kernels::window_count(x[1], kernel[0], stride[0], padding[0], 1) < 1 ||
      kernels::window_count(x[2], kernel[1], stride[1], padding[1], 1) < 1) {
    fail(ErrorCode::kShape, text(op, ": a window of ", kernel[0], "x", kernel[1],
                                 " does not fit into x ", x.to_string()));
  }
}

}  // namespace deai::ops
