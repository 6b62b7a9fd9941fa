#include "ops/conv2d.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "kernels/column_sums.h"
#include "kernels/grouped_conv2d.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::Conv2d check(const Shape& x, const Shape& w, const Shape& b, bool has_bias,
                      const Conv2dOptions& options) {
  const auto& [stride, padding, dilation, groups] = options;
  if (x.rank() != 4 || w.rank() != 4 || x[3] != w[3] * groups || (has_bias && b != Shape{w[0]})) {
    fail(ErrorCode::kShape, text("conv2d: expected x [N, H, W, C], w [O, Kh, Kw, C / groups], b "
                                 "[O], got x ",
                                 x.to_string(), ", w ", w.to_string(), ", b ", b.to_string(),
                                 " and groups = ", groups));
  }
  if (groups < 1 || w[0] % groups != 0) {
    fail(ErrorCode::kArgument,
         text("conv2d: groups = ", groups, " must divide the filters of w ", w.to_string()));
  }
  if (std::min({stride[0], stride[1], dilation[0], dilation[1]}) < 1 ||
      std::min(padding[0], padding[1]) < 0) {
    fail(ErrorCode::kArgument, "conv2d: stride and dilation are at least 1, padding at least 0");
  }
  const kernels::Conv2d sizes{.batch = x[0],
                              .height = x[1],
                              .width = x[2],
                              .channels = x[3],
                              .filters = w[0],
                              .kernel_height = w[1],
                              .kernel_width = w[2],
                              .stride_height = stride[0],
                              .stride_width = stride[1],
                              .padding_height = padding[0],
                              .padding_width = padding[1],
                              .dilation_height = dilation[0],
                              .dilation_width = dilation[1]};
  if (w.size() == 0 || sizes.out_height() < 1 || sizes.out_width() < 1) {
    fail(ErrorCode::kShape, text("conv2d: the kernel w ", w.to_string(),
                                 " is empty or does not fit into the padded x ", x.to_string()));
  }
  return sizes;
}

}  // namespace

// y = x ∗ w + b: y[n, h, w, o] = b[o] + Σ x[n, h·s − p + i·d, w·s − p + j·d, c]·w[o, i, j, c];
// x [N, H, W, C], w [O, Kh, Kw, C], b [O] (or a default variable: none) → [N, H', W', O]; dx and dw are the same sum with dy in
// the place of y, db = Σ over all pixels of dy. With groups w is [O, Kh, Kw, C / groups], and
// filter o sees the channels of group ⌊o·groups / O⌋ only. Keeps x and w.
autograd::Variable conv2d(autograd::Context& context, const autograd::Variable& x,
                          const autograd::Variable& w, const autograd::Variable& b,
                          const Conv2dOptions& options) {
  const bool has_bias = static_cast<bool>(b.value());
  const kernels::Conv2d sizes = check(x.shape(), w.shape(), b.shape(), has_bias, options);
  const Index groups = options.groups;
  Tensor y({sizes.batch, sizes.out_height(), sizes.out_width(), sizes.filters});
  {
    Tensor workspace({kernels::grouped_conv2d_workspace(sizes, groups)});
    kernels::grouped_conv2d(sizes, groups, x.value().data(), w.value().data(),
                            has_bias ? b.value().data() : nullptr, y.data(), workspace.data());
  }
  if (!x.needs_gradient() && !w.needs_gradient() && !b.needs_gradient()) {
    return autograd::Variable(y);
  }

  return context.tape.record(y, [sizes, groups, x = x.value(), w = w.value(), dx = x.gradient(),
                                 dw = w.gradient(), db = b.gradient()](const Tensor& dy) mutable {
    if (dw != nullptr) {
      const auto [data, accumulate] = dw->target();
      Tensor workspace({kernels::grouped_conv2d_weight_gradient_workspace(sizes, groups)});
      kernels::grouped_conv2d_weight_gradient(sizes, groups, std::as_const(x).data(), dy.data(),
                                              data, accumulate, workspace.data());
    }
    if (db != nullptr) {
      const auto [data, accumulate] = db->target();
      kernels::column_sums(dy.data(), dy.size() / sizes.filters, sizes.filters, data, accumulate);
    }
    // Last, because nobody may need x afterwards: its memory is as large as this.
    if (dx != nullptr) {
      const auto [data, accumulate] = dx->target_in(x);
      Tensor workspace(
          {kernels::grouped_conv2d_input_gradient_workspace(sizes, groups, accumulate)});
      kernels::grouped_conv2d_input_gradient(sizes, groups, dy.data(), w.data(), data, accumulate,
                                             workspace.data());
    }
  });
}

}  // namespace deai::ops
