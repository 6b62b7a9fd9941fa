#include "kernels/row_norm.h"

#include <cmath>

#include "kernels/column_totals.h"
#include "kernels/lane_math.h"
#include "kernels/memory.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

// Σ term(xᵢ): four sums side by side, then the rest.
template <typename Term>
real total(const real* x, Index count, const Term& term) {
  Lanes sums{};
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) sums += term(load(x + i));
  real all = sum(sums);
  for (; i < count; ++i) all += term(x[i]);
  return all;
}

template <typename Body>
void share_rows(const RowNorm& sizes, const Body& body) {
  constexpr Index kElements = 16'384;  // of one worker's turn
  const Index turn = std::max<Index>(1, kElements / std::max<Index>(1, sizes.columns));
  const Index turns = ceil_div(sizes.rows, turn);
  share(turns > 1 ? threads() : 1, turns, [&](Index index, Index /*worker*/) {
    const Index end = std::min(sizes.rows, (index + 1) * turn);
    for (Index row = index * turn; row < end; ++row) body(row);
  });
}

}  // namespace

// Mean first, then the squares of what differs from it: E[x²] − E[x]² would cancel.
void row_norm(const RowNorm& sizes, const real* x, const real* gamma, const real* beta, real* y,
              real* statistics) {
  const Index columns = sizes.columns;
  const auto count = static_cast<real>(columns);
  share_rows(sizes, [&](Index row) {
    const real* const in = x + row * columns;
    const real mean = sizes.centred ? total(in, columns, [](auto v) { return v; }) / count : 0;
    const real squares = total(in, columns, [mean](auto v) { return (v - mean) * (v - mean); });
    const real scale = 1 / std::sqrt(squares / count + sizes.epsilon);
    statistics[2 * row] = mean;
    statistics[2 * row + 1] = scale;
    real* __restrict const out = y + row * columns;
    if (beta == nullptr) {
      for (Index c = 0; c < columns; ++c) out[c] = (in[c] - mean) * scale * gamma[c];
    } else {
      for (Index c = 0; c < columns; ++c) out[c] = (in[c] - mean) * scale * gamma[c] + beta[c];
    }
  });
}

// With g = dy·gamma and n = (x − mean)·scale: dx = scale·(g − mean of g − n·(mean of g·n)); not
// centred: without the mean of g.
void row_norm_input_gradient(const RowNorm& sizes, const real* x, const real* statistics,
                             const real* gamma, const real* dy, real* dx, bool accumulate) {
  const Index columns = sizes.columns;
  const auto count = static_cast<real>(columns);
  share_rows(sizes, [&](Index row) {
    const real* const in = x + row * columns;
    const real* const given = dy + row * columns;
    const real mean = statistics[2 * row];
    const real scale = statistics[2 * row + 1];
    Lanes sums{}, products{};
    Index c = 0;
    for (; c + kLanes <= columns; c += kLanes) {
      const Lanes g = load(given + c) * load(gamma + c);
      sums += g;
      products += g * (load(in + c) - mean);
    }
    real sum_g = sum(sums), sum_gn = sum(products);
    for (; c < columns; ++c) {
      const real g = given[c] * gamma[c];
      sum_g += g;
      sum_gn += g * (in[c] - mean);
    }
    const real shift = sizes.centred ? -scale * (sum_g / count) : 0;
    const real slope = -scale * scale * scale * (sum_gn / count);
    real* __restrict const out = dx + row * columns;
    if (accumulate) {
      for (c = 0; c < columns; ++c) {
        out[c] += scale * given[c] * gamma[c] + (in[c] - mean) * slope + shift;
      }
    } else {
      for (c = 0; c < columns; ++c) {
        out[c] = scale * given[c] * gamma[c] + (in[c] - mean) * slope + shift;
      }
    }
  });
}

void row_norm_gamma_gradient(const RowNorm& sizes, const real* x, const real* statistics,
                             const real* dy, real* dgamma, bool accumulate) {
  const Index columns = sizes.columns;
  if (!accumulate) std::fill_n(dgamma, columns, real(0));
  const double all = static_cast<double>(sizes.rows) * static_cast<double>(columns);
  share(worthwhile_threads(all), ceil_div(columns, detail::kTotalColumns),
        [&](Index strip, Index /*worker*/) {
          const Index first = strip * detail::kTotalColumns;
          const Index width = std::min(detail::kTotalColumns, columns - first);
          detail::column_totals(sizes.rows, first, width, dgamma, [&](Index row, Index c) {
            const Index at = row * columns + c;
            return dy[at] * ((x[at] - statistics[2 * row]) * statistics[2 * row + 1]);
          });
        });
}

}  // namespace deai::kernels
