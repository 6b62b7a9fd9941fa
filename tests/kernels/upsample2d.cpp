#include "kernels/upsample2d.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::test::Memory;

// How much pixel `from` of a line of x counts in pixel `to` of the larger line.
double weight(Index to, Index from, Index size, Index factor, bool bilinear) {
  if (!bilinear) return to / factor == from ? 1 : 0;
  const double middle = (static_cast<double>(to) + 0.5) / static_cast<double>(factor) - 0.5;
  const double at = std::clamp(middle, 0.0, static_cast<double>(size - 1));
  return std::max(0.0, 1 - std::abs(at - static_cast<double>(from)));
}

void check(const kernels::Upsample2d& s, bool accumulate) {
  Random random(17, 0);
  const Index rows = s.height * s.factor_height, columns = s.width * s.factor_width;
  Memory x(s.batch * s.height * s.width * s.channels), dx(x.size());
  Memory y(s.batch * rows * columns * s.channels), dy(y.size());
  for (Memory* memory : {&x, &dx, &dy}) memory->draw(random);
  std::vector<double> expected(static_cast<std::size_t>(y.size()), 0), expected_dx;
  for (const real value : dx) expected_dx.push_back(accumulate ? static_cast<double>(value) : 0);
  for (Index n = 0; n < s.batch; ++n) {
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < columns; ++j) {
        for (Index k = 0; k < s.height; ++k) {
          for (Index l = 0; l < s.width; ++l) {
            const double w = weight(i, k, s.height, s.factor_height, s.bilinear) *
                             weight(j, l, s.width, s.factor_width, s.bilinear);
            for (Index c = 0; c < s.channels; ++c) {
              const Index to = ((n * rows + i) * columns + j) * s.channels + c;
              const Index from = ((n * s.height + k) * s.width + l) * s.channels + c;
              expected[static_cast<std::size_t>(to)] += w * static_cast<double>(x[from]);
              expected_dx[static_cast<std::size_t>(from)] += w * static_cast<double>(dy[to]);
            }
          }
        }
      }
    }
  }
  kernels::upsample2d(s, x.data(), y.data());
  kernels::upsample2d_gradient(s, dy.data(), dx.data(), accumulate);
  kernels::test::require_close(y, expected, 16);
  kernels::test::require_close(dx, expected_dx, 4 * s.factor_height * s.factor_width);
}

}  // namespace

TEST_CASE("larger images agree with a naive loop") {
  for (const bool bilinear : {false, true}) {
    check({2, 3, 4, 5, 2, 3, bilinear}, false);
    check({1, 1, 1, 1, 4, 4, bilinear}, true);
    check({3, 2, 5, 3, 1, 2, bilinear}, true);
  }
}
