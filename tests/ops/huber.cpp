#include "ops/huber.h"

#include <limits>
#include <vector>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("huber: values") {
  Context context;
  const std::vector<real> target = {real(0.5), 2, 6};
  const Variable x(values({3}, {1, 2, 3}));
  require_values(ops::huber(context, x, target, 1).value(), {(0.125 + 0 + 2.5) / 3});
}

TEST_CASE("huber: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 5}}) {
    // Differences are far from where the slope jumps.
    const Tensor x = spread_tensor(random, shape);
    const std::vector<real> target(x.span().size(), 0);
    check_gradients([&](Context& context,
                        const auto& in) { return ops::huber(context, in[0], target, real(0.6)); },
                    {x}, {.step = 1e-4});
  }
}

TEST_CASE("huber: what does not fit") {
  Context context;
  const std::vector<real> target = {1, 2};
  const auto call = [&](const Shape& shape) {
    ops::huber(context, Variable(Tensor::zeros(shape)), target, 1);
  };
  require_refusal([&] { call({3}); }, ErrorCode::kShape, {"huber", "[3]", "got 2"});
  for (const real delta : {real(0), real(-1), std::numeric_limits<real>::quiet_NaN()}) {
    require_refusal([&] { ops::huber(context, Variable(Tensor::zeros({2})), target, delta); },
                    ErrorCode::kArgument, {"huber", "delta"});
  }
}
