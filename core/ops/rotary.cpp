#include "ops/rotary.h"

#include <utility>

#include "base/error.h"
#include "kernels/rotary.h"
#include "ops/give.h"

namespace deai::ops {

using tensor::Tensor;

namespace {

kernels::Rotary check(const Shape& x, const RotaryHeads& h) {
  if (x.rank() != 3 || h.width < 2 || h.width % 2 != 0 || h.heads < 0 || x[2] < h.heads * h.width ||
      h.offset < 0) {
    fail(ErrorCode::kShape,
         text("rotary: expected x [N, T, ≥ heads·width] with an even width, got x ", x.to_string(),
              ", ", h.heads, " heads of ", h.width, ", offset ", h.offset));
  }
  return {.samples = x[0],
          .steps = x[1],
          .columns = x[2],
          .heads = h.heads,
          .width = h.width,
          .offset = h.offset};
}

void turn(const kernels::Rotary& sizes, const real* x, real* y, bool back) {
  Tensor workspace({kernels::rotary_workspace(sizes)});
  kernels::rotary(sizes, x, y, back, workspace.data());
}

}  // namespace

// The numbers i and i + D/2 of each of the first heads are turned by a = p·10000^(−2i/D), p the place
// of the step: yᵢ = xᵢ·cos a − xⱼ·sin a, yⱼ = xⱼ·cos a + xᵢ·sin a; the rest stays. x [N, T, ≥ H·D]
// → the same; dx = dy turned back. Keeps nothing. Works in place where nobody else holds x (or dy).
autograd::Variable rotary(autograd::Context& context, autograd::Variable x,
                          const RotaryHeads& heads) {
  const kernels::Rotary sizes = check(x.shape(), heads);
  autograd::Gradient* const dx = x.gradient();
  Tensor from = std::exchange(x, autograd::Variable()).release();
  Tensor y = from.is_sole_owner() ? from : Tensor(from.shape());
  turn(sizes, from.data(), y.data(), false);
  if (dx == nullptr) return autograd::Variable(y);

  return context.tape.record(y, [sizes, dx](Tensor& dy) {
    Tensor turned = dy.is_sole_owner() ? dy : Tensor(dy.shape());
    turn(sizes, dy.data(), turned.data(), true);
    if (dx->may_adopt()) return dx->adopt(std::move(turned));
    give(*dx, tensor::flat(turned));
  });
}

}  // namespace deai::ops
