#include "ops/reshape.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("reshape: values") {
  Context context;
  const Tensor y =
      ops::reshape(context, Variable(values({2, 3}, {1, 2, 3, 4, 5, 6})), {3, 2}).value();
  REQUIRE(y.shape() == Shape{3, 2});
  require_values(y, {1, 2, 3, 4, 5, 6});
}

TEST_CASE("reshape: gradient") {
  Random random(1, 1);
  check_gradients(
      [](Context& context, const auto& in) { return ops::reshape(context, in[0], {3, 1, 2}); },
      {random_tensor(random, {6})});
  check_gradients(
      [](Context& context, const auto& in) { return ops::reshape(context, in[0], {0}); },
      {random_tensor(random, {4, 0})});
}

TEST_CASE("reshape: what does not fit") {
  Context context;
  require_refusal([&] { ops::reshape(context, Variable(Tensor::zeros({2, 3})), {5}); },
                  ErrorCode::kShape, {"reshape", "[2, 3]", "[5]"});
}
