#include "ops/slice.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("slice: values") {
  Context context;
  const Variable x(values({2, 3}, {1, 2, 3, 4, 5, 6}));
  require_values(ops::slice(context, x, 1, 2).value(), {2, 3, 5, 6});
  REQUIRE(ops::slice(context, x, 2, 1).shape() == Shape{2, 1});
}

TEST_CASE("slice: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{4}, Shape{0, 5}, Shape{3, 4}, Shape{2, 3, 7}}) {
    for (const Index first : {0, 1}) {
      check_gradients([first](Context& context,
                              const auto& in) { return ops::slice(context, in[0], first, 3); },
                      {random_tensor(random, shape)});
    }
  }
}

TEST_CASE("slice: what does not fit") {
  Context context;
  const Variable x(Tensor::zeros({2, 3}));
  for (const auto& [first, count] : {std::pair{-1, 2}, {0, 0}, {2, 2}, {4, 1}}) {
    require_refusal([&, f = first, c = count] { ops::slice(context, x, f, c); }, ErrorCode::kShape,
                    {"slice", "[2, 3]"});
  }
}
