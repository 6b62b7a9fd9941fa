#include "ops/layer_norm.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("layer_norm: values") {
  Context context;
  const Variable x(values({2, 4}, {1, 2, 3, 4, -1, -1, 1, 1}));
  const Variable gamma(values({4}, {1, 1, 1, 2})), beta(values({4}, {0, 0, 10, 0}));
  const double s = 1 / std::sqrt(1.25 + 0.75), t = 1 / std::sqrt(1.75);
  require_values(ops::layer_norm(context, x, gamma, beta, real(0.75)).value(),
                 {-1.5 * s, -0.5 * s, 10 + 0.5 * s, 3 * s, -t, -t, 10 + t, 2 * t});
}

TEST_CASE("layer_norm: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{5}, Shape{0, 3}, Shape{2, 1}, Shape{3, 4}, Shape{2, 3, 19}}) {
    const Shape width{shape[-1]};
    check_gradients(
        [](Context& context, const auto& in) {
          return ops::layer_norm(context, in[0], in[1], in[2], real(0.1));
        },
        {random_tensor(random, shape), random_tensor(random, width), random_tensor(random, width)});
  }
}

TEST_CASE("layer_norm: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const Shape& gamma, const Shape& beta) {
    ops::layer_norm(context, Variable(Tensor::zeros(x)), Variable(Tensor::zeros(gamma)),
                    Variable(Tensor::zeros(beta)), 1);
  };
  require_refusal([&] { call({2, 3}, {2}, {3}); }, ErrorCode::kShape,
                  {"layer_norm", "x [2, 3]", "gamma [2]", "beta [3]"});
  require_refusal([&] { call({2, 3}, {3}, {1, 3}); }, ErrorCode::kShape, {"layer_norm", "[1, 3]"});
  require_refusal([&] { call({}, {1}, {1}); }, ErrorCode::kShape, {"layer_norm"});
}
