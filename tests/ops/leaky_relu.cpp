#include "ops/leaky_relu.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("leaky_relu: values") {
  Context context;
  const Variable x(values({5}, {-2, -1, 0, 1, 2}));
  require_values(ops::leaky_relu(context, x, real(0.1)).value(), {-0.2, -0.1, 0, 1, 2});
}

TEST_CASE("leaky_relu: gradient") {
  Random random(1, 1);
  for (const real slope : {real(0.01), real(-0.5)}) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}}) {
      check_gradients([slope](Context& context,
                              const auto& in) { return ops::leaky_relu(context, in[0], slope); },
                      {spread_tensor(random, shape)}, {.step = 1e-3});
    }
  }
}
