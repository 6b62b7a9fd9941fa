#include "ops/sum.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("sum: values") {
  Context context;
  const Tensor y = ops::sum(context, Variable(values({2, 2}, {1, 2, 3, -7}))).value();
  REQUIRE(y.shape() == Shape{});
  require_values(y, {-1});
  require_values(ops::sum(context, Variable(Tensor::zeros({0, 4}))).value(), {0});
}

TEST_CASE("sum: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 7}}) {
    check_gradients([](Context& context, const auto& in) { return ops::sum(context, in[0]); },
                    {random_tensor(random, shape)});
  }
}
