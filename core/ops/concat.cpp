#include "ops/concat.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "kernels/columns.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

Shape check(std::span<const autograd::Variable> parts) {
  if (parts.empty() || parts.size() > kMostConcatenated) {
    fail(ErrorCode::kArgument,
         text("concat: expected 1 to ", kMostConcatenated, " parts, got ", parts.size()));
  }
  const Shape& first = parts[0].shape();
  std::array<Index, Shape::kMaxRank> extents{};
  std::ranges::copy(first.extents(), extents.begin());
  Index width = 0;
  for (const autograd::Variable& part : parts) {
    const auto others = [](const Shape& shape) {
      return shape.extents().first(static_cast<std::size_t>(std::max<Index>(1, shape.rank()) - 1));
    };
    if (part.shape().rank() < 1 || part.shape().rank() != first.rank() ||
        !std::ranges::equal(others(part.shape()), others(first))) {
      fail(ErrorCode::kShape, text("concat: ", first.to_string(), " and ", part.shape().to_string(),
                                   " differ in more than the last axis"));
    }
    width += part.shape()[-1];
  }
  extents[static_cast<std::size_t>(first.rank() - 1)] = width;
  return Shape(std::span<const Index>(extents.data(), first.extents().size()));
}

}  // namespace

// y = the parts side by side; [..., K1], [..., K2], … → [..., K1 + K2 + …]; each part is given its
// columns of dy. Keeps nothing.
autograd::Variable concat(autograd::Context& context, std::span<const autograd::Variable> parts) {
  const Shape shape = check(parts);
  Tensor y(shape);
  const Index width = shape[-1];
  const Index rows = width == 0 ? 0 : shape.size() / width;
  std::array<autograd::Gradient*, kMostConcatenated> gradients{};
  std::array<Index, kMostConcatenated> widths{};
  bool wanted = false;
  Index first = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    gradients[i] = parts[i].gradient();
    widths[i] = parts[i].shape()[-1];
    wanted = wanted || parts[i].needs_gradient();
    kernels::copy_columns(parts[i].value().data(), widths[i], rows, widths[i], y.data() + first,
                          width, false);
    first += widths[i];
  }
  if (!wanted) return autograd::Variable(y);

  return context.tape.record(y, [gradients, widths, rows](const Tensor& dy) {
    Index begin = 0;
    for (std::size_t i = 0; i < kMostConcatenated; begin += widths[i++]) {
      if (gradients[i] == nullptr) continue;
      const auto [data, accumulate] = gradients[i]->target();
      kernels::copy_columns(dy.data() + begin, dy.shape()[-1], rows, widths[i], data, widths[i],
                            accumulate);
    }
  });
}

}  // namespace deai::ops
