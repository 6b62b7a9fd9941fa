#include "ops/hard_swish.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("hard_swish: values") {
  Context context;
  const Variable x(values({6}, {-5, -3, -1, 0, 1.5, 5}));
  require_values(ops::hard_swish(context, x).value(), {0, 0, -1.0 / 3, 0, 1.125, 5});
}

TEST_CASE("hard_swish: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}, Shape{2, 3, 4}}) {
    check_gradients(
        [](Context& context, const auto& in) { return ops::hard_swish(context, in[0]); },
        {random_tensor(random, shape, real(-2.9), real(2.9))});
  }
}

TEST_CASE("hard_swish: gradient outside of the bend") {
  check_gradients([](Context& context, const auto& in) { return ops::hard_swish(context, in[0]); },
                  {values({5}, {-7, real(-3.5), real(3.5), 7, 0})});
}
