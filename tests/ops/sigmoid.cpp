#include "ops/sigmoid.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("sigmoid: values, far ones too") {
  Context context;
  const Variable x(values({4}, {0, 1, -200, 200}));
  require_values(ops::sigmoid(context, x).value(), {0.5, 0.7310585786300049, 0, 1});
}

TEST_CASE("sigmoid: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}}) {
    check_gradients([](Context& context, const auto& in) { return ops::sigmoid(context, in[0]); },
                    {random_tensor(random, shape, -3, 3)});
  }
}
