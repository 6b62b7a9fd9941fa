#include "ops/avg_pool2d.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("avg_pool2d: values") {
  Context context;
  const Variable x(values({1, 2, 4, 1}, {1, 5, 2, 0, 3, 7, 8, 6}));
  const Tensor y = ops::avg_pool2d(context, x, {}).value();
  REQUIRE(y.shape() == Shape{1, 1, 2, 1});
  require_values(y, {4, 4});
  // The zeros of the padding count.
  const Tensor padded = ops::avg_pool2d(context, x, {.padding = {1, 1}}).value();
  REQUIRE(padded.shape() == Shape{1, 2, 3, 1});
  require_values(padded, {0.25, 1.75, 0, 0.75, 3.75, 1.5});
}

TEST_CASE("avg_pool2d: gradient") {
  Random random(1, 1);
  const auto check = [&](const Shape& shape, const ops::Pool2dOptions& options) {
    INFO("x " << shape.to_string());
    check_gradients(
        [&](Context& context, const auto& in) { return ops::avg_pool2d(context, in[0], options); },
        {random_tensor(random, shape)});
  };
  check({1, 2, 2, 1}, {});
  check({0, 4, 4, 1}, {});
  check({2, 5, 4, 3}, {});
  check({1, 5, 6, 5}, {.kernel = {3, 3}, .stride = {1, 2}, .padding = {1, 1}});
}

TEST_CASE("avg_pool2d: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const ops::Pool2dOptions& options) {
    ops::avg_pool2d(context, Variable(Tensor::zeros(x)), options);
  };
  require_refusal([&] { call({4, 4}, {}); }, ErrorCode::kShape, {"avg_pool2d", "[4, 4]"});
  require_refusal([&] { call({1, 1, 4, 1}, {}); }, ErrorCode::kShape,
                  {"avg_pool2d", "2x2", "[1, 1, 4, 1]"});
  require_refusal([&] { call({1, 4, 4, 1}, {.padding = {2, 0}}); }, ErrorCode::kArgument,
                  {"avg_pool2d", "padding"});
  require_refusal([&] { call({1, 4, 4, 1}, {.stride = {0, 1}}); }, ErrorCode::kArgument,
                  {"avg_pool2d", "stride"});
}
