#include "ops/max_pool2d.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("max_pool2d: values") {
  Context context;
  const Variable x(values({1, 2, 4, 1}, {1, 5, 2, 0, 3, 4, 8, 7}));
  const Tensor y = ops::max_pool2d(context, x, {}).value();
  REQUIRE(y.shape() == Shape{1, 1, 2, 1});
  require_values(y, {5, 8});
}

TEST_CASE("max_pool2d: gradient") {
  Random random(1, 1);
  const auto check = [&](const Shape& shape, const ops::Pool2dOptions& options) {
    INFO("x " << shape.to_string());
    check_gradients(
        [&](Context& context, const auto& in) { return ops::max_pool2d(context, in[0], options); },
        {spread_tensor(random, shape)}, {.step = 1e-3});
  };
  check({1, 2, 2, 1}, {});
  check({0, 4, 4, 1}, {});
  check({2, 5, 4, 3}, {});
  check({1, 5, 6, 2}, {.kernel = {3, 3}, .stride = {1, 2}, .padding = {1, 1}});
}

TEST_CASE("max_pool2d: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const ops::Pool2dOptions& options) {
    ops::max_pool2d(context, Variable(Tensor::zeros(x)), options);
  };
  require_refusal([&] { call({4, 4}, {}); }, ErrorCode::kShape, {"max_pool2d", "[4, 4]"});
  require_refusal([&] { call({1, 1, 4, 1}, {}); }, ErrorCode::kShape,
                  {"max_pool2d", "2x2", "[1, 1, 4, 1]"});
  require_refusal([&] { call({1, 4, 4, 1}, {.padding = {2, 0}}); }, ErrorCode::kArgument,
                  {"max_pool2d", "padding"});
}
