#include "ops/mean_absolute_error.h"

#include <vector>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("mean_absolute_error: values") {
  Context context;
  const std::vector<real> target = {real(0.5), 2, 6};
  const Variable x(values({3}, {1, 2, 3}));
  require_values(ops::mean_absolute_error(context, x, target).value(), {(0.5 + 0 + 3) / 3});
}

TEST_CASE("mean_absolute_error: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 5}}) {
    // Differences are far from where the slope jumps.
    const Tensor x = spread_tensor(random, shape);
    const std::vector<real> target(x.span().size(), 0);
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::mean_absolute_error(context, in[0], target);
        },
        {x}, {.step = 1e-3});
  }
}

TEST_CASE("mean_absolute_error: what does not fit") {
  Context context;
  const std::vector<real> target = {1, 2};
  const auto call = [&](const Shape& shape) {
    ops::mean_absolute_error(context, Variable(Tensor::zeros(shape)), target);
  };
  require_refusal([&] { call({3}); }, ErrorCode::kShape, {"mean_absolute_error", "[3]", "got 2"});
}
