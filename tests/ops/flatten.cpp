#include "ops/flatten.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("flatten: shapes") {
  Context context;
  const auto shape = [&](const Shape& in) {
    return ops::flatten(context, Variable(Tensor::zeros(in))).shape();
  };
  REQUIRE(shape({2, 3, 4}) == Shape{2, 12});
  REQUIRE(shape({5}) == Shape{5, 1});
  REQUIRE(shape({0, 3, 4}) == Shape{0, 12});
  require_refusal([&] { shape({}); }, ErrorCode::kShape, {"flatten", "[]"});
}

TEST_CASE("flatten: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{1}, Shape{0, 2}, Shape{2, 3, 1, 2}}) {
    check_gradients([](Context& context, const auto& in) { return ops::flatten(context, in[0]); },
                    {random_tensor(random, shape)});
  }
}
