#include "ops/dropout.h"

#include <algorithm>

#include "ops/add.h"
#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("dropout: keeps the expected share, scaled; the identity outside of training") {
  Context context;
  const Variable x(Tensor::full({20000}, 3));
  REQUIRE(ops::dropout(context, x, real(0.25)).value().data() == x.value().data());

  context.training = true;
  const Tensor y = ops::dropout(context, x, real(0.25)).value();
  Index kept = 0;
  for (const real value : y.span()) {
    REQUIRE((value == 0 || std::abs(value - 4) < real(1e-5)));
    kept += value != 0 ? 1 : 0;
  }
  // Five deviations of √(20000·¼·¾) = 61.
  REQUIRE(std::abs(static_cast<double>(kept) - 15000) < 306);
  const Tensor other = ops::dropout(context, x, real(0.25)).value();
  REQUIRE_FALSE(std::equal(y.span().begin(), y.span().end(), other.span().begin()));
}

TEST_CASE("dropout: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 7}}) {
    for (const real rate : {real(0), real(0.5)}) {
      // With rate 0 dropout is its input, so the sum makes it a result of its own.
      check_gradients(
          [rate](Context& context, const auto& in) {
            return ops::add(context, ops::dropout(context, in[0], rate), in[0]);
          },
          {random_tensor(random, shape)}, {.training = true});
    }
  }
}

TEST_CASE("dropout: what cannot be") {
  Context context;
  for (const real rate : {real(-0.1), real(1)}) {
    require_refusal([&] { ops::dropout(context, Variable(Tensor::zeros({1})), rate); },
                    ErrorCode::kArgument, {"dropout", "[0, 1)"});
  }
}
