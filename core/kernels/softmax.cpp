#include "kernels/softmax.h"

#include "kernels/lane_math.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

// Rows of one worker's turn.
Index rows_together(Index columns) {
  constexpr Index kElements = 16'384;
  return std::max<Index>(1, kElements / std::max<Index>(1, columns));
}

template <typename Body>
void share_rows(Index rows, Index columns, const Body& body) {
  const Index turn = rows_together(columns);
  const Index turns = (rows + turn - 1) / turn;
  share(turns > 1 ? threads() : 1, turns, [&](Index index, Index /*worker*/) {
    const Index end = std::min(rows, (index + 1) * turn);
    for (Index row = index * turn; row < end; ++row) body(row);
  });
}

}  // namespace

real exp_minus_max_row(const real* x, Index count, real* y, real& largest) {
  largest = largest_of(x, count);
  Lanes sums{};
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Lanes e = exp(load(x + i) - largest);
    store(y + i, e);
    sums += e;
  }
  real total = sum(sums);
  if (i < count) {
    const Lanes e = exp(load(x + i, count - i) - largest);
    store(y + i, e, count - i);
    for (Index lane = 0; lane < count - i; ++lane) total += e[lane];
  }
  return total;
}

void softmax_row(const real* x, Index count, real* y) {
  real largest = 0;
  const real factor = 1 / exp_minus_max_row(x, count, y, largest);
  for (Index i = 0; i < count; ++i) y[i] *= factor;
}

void softmax(const real* x, Index rows, Index columns, real* y) {
  share_rows(rows, columns,
             [&](Index row) { softmax_row(x + row * columns, columns, y + row * columns); });
}

void softmax_gradient_row(const real* y, const real* dy, Index count, real factor, real* dx,
                          bool accumulate) {
  Lanes sums{};
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) sums += load(dy + i) * load(y + i);
  real dot = sum(sums);
  for (; i < count; ++i) dot += dy[i] * y[i];
  if (accumulate) {
    for (i = 0; i < count; ++i) dx[i] += factor * y[i] * (dy[i] - dot);
  } else {
    for (i = 0; i < count; ++i) dx[i] = factor * y[i] * (dy[i] - dot);
  }
}

void softmax_gradient(const real* y, const real* dy, Index rows, Index columns, real* dx,
                      bool accumulate) {
  share_rows(rows, columns, [&](Index row) {
    const Index at = row * columns;
    softmax_gradient_row(y + at, dy + at, columns, 1, dx + at, accumulate);
  });
}

}  // namespace deai::kernels
