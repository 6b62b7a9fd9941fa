#include "ops/embedding.h"

#include <limits>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("embedding: values") {
  Context context;
  const Variable table(values({3, 2}, {1, 2, 3, 4, 5, 6}));
  const Tensor y = ops::embedding(context, table, values({1, 4}, {2, 0, 2, 1})).value();
  REQUIRE(y.shape() == Shape{1, 4, 2});
  require_values(y, {5, 6, 1, 2, 5, 6, 3, 4});
}

TEST_CASE("embedding: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{5}, Shape{2, 7}}) {
    Tensor places(shape);
    for (real& place : places.span()) place = static_cast<real>(random.below(4));
    check_gradients(
        [&](Context& context, const auto& in) { return ops::embedding(context, in[0], places); },
        {random_tensor(random, {5, 3})});
  }
}

TEST_CASE("embedding: what does not fit") {
  Context context;
  const auto call = [&](const Shape& table, real place) {
    ops::embedding(context, Variable(Tensor::zeros(table)), values({2}, {0, place}));
  };
  require_refusal([&] { call({3}, 0); }, ErrorCode::kShape, {"embedding", "table [3]", "[2]"});
  for (const real place : {real(-1), real(3), real(0.5), std::numeric_limits<real>::quiet_NaN()}) {
    require_refusal([&] { call({3, 2}, place); }, ErrorCode::kArgument, {"embedding", "[3, 2]"});
  }
}
