#include "ops/rms_norm.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("rms_norm: values") {
  Context context;
  const Variable x(values({2, 2}, {1, 7, -3, 3})), gamma(values({2}, {1, 2}));
  const double t = 1 / std::sqrt(10.0);
  require_values(ops::rms_norm(context, x, gamma, real(1)).value(),
                 {1 / std::sqrt(26.0), 14 / std::sqrt(26.0), -3 * t, 6 * t});
}

TEST_CASE("rms_norm: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{5}, Shape{0, 3}, Shape{2, 1}, Shape{3, 4}, Shape{2, 3, 19}}) {
    check_gradients([](Context& context,
                       const auto& in) { return ops::rms_norm(context, in[0], in[1], real(0.1)); },
                    {random_tensor(random, shape), random_tensor(random, {shape[-1]})});
  }
}

TEST_CASE("rms_norm: what does not fit") {
  Context context;
  require_refusal(
      [&] {
        ops::rms_norm(context, Variable(Tensor::zeros({2, 3})), Variable(Tensor::zeros({2})), 1);
      },
      ErrorCode::kShape, {"rms_norm", "x [2, 3]", "gamma [2]"});
}
