#include "ops/relu.h"

#include <limits>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("relu: values") {
  Context context;
  const Variable x(values({4}, {-2, 0, 3, std::numeric_limits<real>::quiet_NaN()}));
  const Tensor y = ops::relu(context, x).value();
  require_values(y.part(0, {3}), {0, 0, 3});
  REQUIRE(std::isnan(y.span()[3]));
}

TEST_CASE("relu: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}, Shape{2, 3, 4, 5}}) {
    check_gradients([](Context& context, const auto& in) { return ops::relu(context, in[0]); },
                    {spread_tensor(random, shape)}, {.step = 1e-3});
  }
}
