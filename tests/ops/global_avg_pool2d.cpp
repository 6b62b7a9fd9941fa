#include "ops/global_avg_pool2d.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("global_avg_pool2d: values") {
  Context context;
  const Variable x(values({2, 2, 1, 2}, {1, 10, 3, 20, -4, 0, 8, 1}));
  const Tensor y = ops::global_avg_pool2d(context, x).value();
  REQUIRE(y.shape() == Shape{2, 2});
  require_values(y, {2, 15, 2, 0.5});
}

TEST_CASE("global_avg_pool2d: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{0, 2, 2, 3}, Shape{1, 1, 1, 1}}) {
    INFO("x " << shape.to_string());
    check_gradients(
        [](Context& context, const auto& in) { return ops::global_avg_pool2d(context, in[0]); },
        {random_tensor(random, shape)});
  }
}

TEST_CASE("global_avg_pool2d: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x) {
    ops::global_avg_pool2d(context, Variable(Tensor::zeros(x)));
  };
  require_refusal([&] { call({4, 4}); }, ErrorCode::kShape, {"global_avg_pool2d", "[4, 4]"});
  require_refusal([&] { call({1, 0, 4, 1}); }, ErrorCode::kShape,
                  {"global_avg_pool2d", "[1, 0, 4, 1]"});
}
