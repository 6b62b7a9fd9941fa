#include "kernels/rotary.h"

#include <algorithm>

#include "kernels/lanes.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

constexpr double kLogBase = 9.210340371976184;  // of 10000

// A complex number; of the standard library's functions none is as small, and none has the same
// bits everywhere.
struct Complex {
  double x, y;
  friend Complex operator*(Complex a, Complex b) {
    return {a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x};
  }
};

// e^z for |z| ≤ 16: the series for z/16, then the 16th power.
Complex exp(Complex z) {
  const Complex small{z.x / 16, z.y / 16};
  Complex sum{1, 0}, term{1, 0};
  for (int k = 1; k <= 16; ++k) {
    term = term * small * Complex{1.0 / k, 0};
    sum = {sum.x + term.x, sum.y + term.y};
  }
  for (int squares = 0; squares < 4; ++squares) sum = sum * sum;
  return sum;
}

Complex power(Complex z, Index exponent) {
  Complex out{1, 0};
  for (; exponent > 0; exponent /= 2, z = z * z) {
    if (exponent % 2 != 0) out = out * z;
  }
  return out;
}

// [steps, 2, width/2]: cosines and sines. From step to step by one turn, in double: after a million
// of them the error is below float's.
void fill_table(const Rotary& r, bool back, real* table) {
  const Index half = r.width / 2;
  const double ratio = exp({-2 * kLogBase / static_cast<double>(r.width), 0}).x;
  double angle = back ? -1 : 1;
  for (Index i = 0; i < half; ++i, angle *= ratio) {
    const Complex once = exp({0, angle});
    Complex at = power(once, r.offset);
    for (Index step = 0; step < r.steps; ++step, at = at * once) {
      table[step * r.width + i] = static_cast<real>(at.x);
      table[step * r.width + half + i] = static_cast<real>(at.y);
    }
  }
}

void turn_step(const Rotary& r, const real* table, const real* x, real* y) {
  const Index half = r.width / 2;
  for (Index head = 0; head < r.heads; ++head, x += r.width, y += r.width) {
    for (Index i = 0; i < half; i += kLanes) {
      const Lanes a = load(x + i), b = load(x + half + i);
      const Lanes c = load(table + i), s = load(table + half + i);
      store_some(y + i, a * c - b * s, half - i);
      store_some(y + half + i, b * c + a * s, half - i);
    }
  }
  if (x != y) std::copy_n(x, r.columns - r.heads * r.width, y);
}

}  // namespace

Index rotary_workspace(const Rotary& sizes) {
  return sizes.steps * sizes.width + kReadBehindBytes / Index{sizeof(real)};
}

void rotary(const Rotary& sizes, const real* x, real* y, bool back, real* workspace) {
  const Rotary r = sizes;
  fill_table(r, back, workspace);
  const Index rows = r.samples * r.steps;
  // Of one worker's turn: some 16,000 elements.
  const Index turn_rows = std::max<Index>(1, 16'384 / std::max<Index>(1, r.columns));
  const Index turns = ceil_div(rows, turn_rows);
  share(turns > 1 ? threads() : 1, turns, [&](Index index, Index /*worker*/) {
    const Index end = std::min(rows, (index + 1) * turn_rows);
    for (Index row = index * turn_rows; row < end; ++row) {
      turn_step(r, workspace + row % r.steps * r.width, x + row * r.columns, y + row * r.columns);
    }
  });
}

}  // namespace deai::kernels
