#include "ops/tanh.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("tanh: values") {
  Context context;
  const Variable x(values({5}, {0, 1, -0.5, -200, 200}));
  require_values(ops::tanh(context, x).value(),
                 {0, 0.7615941559557649, -0.46211715726000976, -1, 1});
}

TEST_CASE("tanh: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}, Shape{2, 3, 4}}) {
    check_gradients([](Context& context, const auto& in) { return ops::tanh(context, in[0]); },
                    {random_tensor(random, shape, -3, 3)});
  }
}
