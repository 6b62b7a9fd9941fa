#include "ops/silu.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("silu: values") {
  Context context;
  const Variable x(values({4}, {0, 1, -200, 200}));
  require_values(ops::silu(context, x).value(), {0, 0.7310585786300049, 0, 200}, 2e-5);
}

TEST_CASE("silu: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}, Shape{2, 3, 4}}) {
    check_gradients([](Context& context, const auto& in) { return ops::silu(context, in[0]); },
                    {random_tensor(random, shape, -3, 3)});
  }
}
