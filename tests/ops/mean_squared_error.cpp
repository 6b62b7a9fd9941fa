#include "ops/mean_squared_error.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("mean_squared_error: values") {
  Context context;
  const std::vector<real> target{1, 4};
  require_values(ops::mean_squared_error(context, Variable(values({2, 1}, {3, 1})), target).value(),
                 {6.5});
}

TEST_CASE("mean_squared_error: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{1}, Shape{3, 1}, Shape{3, 4}}) {
    const Tensor target = random_tensor(random, shape);
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::mean_squared_error(context, in[0], target.span());
        },
        {random_tensor(random, shape)});
  }
}

TEST_CASE("mean_squared_error: what does not fit") {
  Context context;
  require_refusal(
      [&] {
        ops::mean_squared_error(context, Variable(Tensor::zeros({2, 2})), std::vector<real>{1, 2});
      },
      ErrorCode::kShape, {"mean_squared_error", "[2, 2]", "2"});
}
