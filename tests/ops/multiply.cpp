#include "ops/multiply.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("multiply: values") {
  Context context;
  const Variable a(values({3}, {1, -2, 3})), b(values({3}, {4, 5, -6}));
  require_values(ops::multiply(context, a, b).value(), {4, -10, -18});
}

TEST_CASE("multiply: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}}) {
    check_gradients(
        [](Context& context, const auto& in) { return ops::multiply(context, in[0], in[1]); },
        {random_tensor(random, shape), random_tensor(random, shape)});
    // A square.
    check_gradients(
        [](Context& context, const auto& in) { return ops::multiply(context, in[0], in[0]); },
        {random_tensor(random, shape)});
  }
}

TEST_CASE("multiply: what does not fit") {
  Context context;
  require_refusal(
      [&] {
        ops::multiply(context, Variable(Tensor::zeros({2, 3})), Variable(Tensor::zeros({3, 2})));
      },
      ErrorCode::kShape, {"multiply", "[2, 3]", "[3, 2]"});
}
