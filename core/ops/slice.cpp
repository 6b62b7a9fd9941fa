#include "ops/slice.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "kernels/columns.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

Shape check(const Shape& x, Index first, Index count) {
  if (x.rank() < 1 || first < 0 || count < 1 || count > x[-1] - first) {
    fail(ErrorCode::kShape, text("slice: ", count, " columns from ", first,
                                 " on do not lie within x ", x.to_string()));
  }
  std::array<Index, Shape::kMaxRank> extents{};
  std::ranges::copy(x.extents(), extents.begin());
  extents[static_cast<std::size_t>(x.rank() - 1)] = count;
  return Shape(std::span<const Index>(extents.data(), x.extents().size()));
}

}  // namespace

// y[..., j] = x[..., first + j], j < count; [..., K] → [..., count]; dx = dy there, 0 elsewhere.
// Keeps nothing.
autograd::Variable slice(autograd::Context& context, const autograd::Variable& x, Index first,
                         Index count) {
  Tensor y(check(x.shape(), first, count));
  const Index width = x.shape()[-1];
  kernels::copy_columns(x.value().data() + first, width, y.size() / count, count, y.data(), count,
                        false);
  if (!x.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [dx = x.gradient(), first](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    const Index columns = dy.shape()[-1];
    if (!accumulate) std::fill_n(data, dx->shape().size(), real(0));
    kernels::copy_columns(dy.data(), columns, dy.size() / columns, columns, data + first,
                          dx->shape()[-1], accumulate);
  });
}

}  // namespace deai::ops
