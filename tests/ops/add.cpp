#include "ops/add.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("add: values") {
  Context context;
  const Variable sum =
      ops::add(context, Variable(values({2}, {1, 2})), Variable(values({2}, {10, 20})));
  require_values(sum.value(), {11, 22});
}

TEST_CASE("add: gradient, of a variable with itself too") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 7}}) {
    check_gradients(
        [](Context& context, const auto& in) { return ops::add(context, in[0], in[1]); },
        {random_tensor(random, shape), random_tensor(random, shape)});
    check_gradients(
        [](Context& context, const auto& in) { return ops::add(context, in[0], in[0]); },
        {random_tensor(random, shape)});
  }
}

TEST_CASE("add: what does not fit") {
  Context context;
  require_refusal(
      [&] { ops::add(context, Variable(Tensor::zeros({3})), Variable(Tensor::zeros({3, 1}))); },
      ErrorCode::kShape, {"add", "[3]", "[3, 1]"});
}
