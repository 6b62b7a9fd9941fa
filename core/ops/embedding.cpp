#include "ops/embedding.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "kernels/columns.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

Shape check(const Shape& table, const Tensor& places) {
  const Shape& shape = places.shape();
  if (table.rank() != 2 || shape.rank() >= Shape::kMaxRank) {
    fail(ErrorCode::kShape, text("embedding: expected a table [V, D] and places [...], got table ",
                                 table.to_string(), ", places ", shape.to_string()));
  }
  for (const real place : places.span()) {
    if (!(place >= 0 && place < static_cast<real>(table[0])) ||
        static_cast<real>(static_cast<Index>(place)) != place) {
      fail(ErrorCode::kArgument,
           text("embedding: ", place, " is not one of the rows of the table ", table.to_string()));
    }
  }
  std::array<Index, Shape::kMaxRank> extents{};
  std::ranges::copy(shape.extents(), extents.begin());
  extents[static_cast<std::size_t>(shape.rank())] = table[1];
  return Shape(std::span<const Index>(extents.data(), static_cast<std::size_t>(shape.rank() + 1)));
}

}  // namespace

// y[...] = table[places[...]]; table [V, D], places [...] → [..., D]; a row of dtable is the sum of
// dy where that row was taken, in the order of the places. Keeps the places.
autograd::Variable embedding(autograd::Context& context, const autograd::Variable& table,
                             const Tensor& places) {
  Tensor y(check(table.shape(), places));
  const Index width = table.shape()[1];
  kernels::gather_rows(table.value().data(), width, places.data(), places.size(), y.data());
  if (!table.needs_gradient()) return autograd::Variable(y);

  return context.tape.record(y, [places, dtable = table.gradient()](const Tensor& dy) {
    const auto [data, accumulate] = dtable->target();
    if (!accumulate) std::fill_n(data, dtable->shape().size(), real(0));
    kernels::scatter_rows(dy.data(), dtable->shape()[1], places.data(), places.size(), data);
  });
}

}  // namespace deai::ops
