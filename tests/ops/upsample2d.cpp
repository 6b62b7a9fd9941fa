#include "ops/upsample2d.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("upsample2d: values") {
  Context context;
  const Variable x(values({1, 1, 2, 1}, {1, 5}));
  const Tensor y = ops::upsample2d(context, x, {.factor = {2, 3}}).value();
  REQUIRE(y.shape() == Shape{1, 2, 6, 1});
  require_values(y, {1, 1, 1, 5, 5, 5, 1, 1, 1, 5, 5, 5});
  require_values(ops::upsample2d(context, x, {.factor = {1, 2}, .bilinear = true}).value(),
                 {1, 2, 4, 5});
  const Variable square(values({1, 2, 2, 1}, {0, 4, 8, 12}));
  require_values(ops::upsample2d(context, square, {.bilinear = true}).value(),
                 {0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12});
}

TEST_CASE("upsample2d: gradient") {
  Random random(1, 1);
  for (const bool bilinear : {false, true}) {
    for (const Shape& shape : {Shape{0, 2, 2, 1}, Shape{1, 1, 1, 1}, Shape{2, 3, 2, 5}}) {
      check_gradients(
          [&](Context& context, const auto& in) {
            return ops::upsample2d(context, in[0], {.factor = {2, 3}, .bilinear = bilinear});
          },
          {random_tensor(random, shape)});
    }
  }
}

TEST_CASE("upsample2d: what does not fit") {
  Context context;
  require_refusal([&] { ops::upsample2d(context, Variable(Tensor::zeros({2, 3})), {}); },
                  ErrorCode::kShape, {"upsample2d", "[2, 3]"});
  require_refusal(
      [&] { ops::upsample2d(context, Variable(Tensor::zeros({1, 2, 2, 1})), {.factor = {0, 1}}); },
      ErrorCode::kArgument, {"upsample2d", "0x1"});
}
