#include "ops/dropout.h"

#include <algorithm>
#include <array>

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

TEST_CASE("dropout: rows of a batch draw what the whole batch would draw") {
  Random random(2, 2);
  const Tensor x = random_tensor(random, {7, 3, 2});
  Context context;
  context.training = true;
  context.random = Random(5, 6);
  context.random.uniform();
  const auto begin = context.random.position();
  const Tensor whole = ops::dropout(context, Variable(x), real(0.5)).value();
  const auto end = context.random.position();
  for (const auto& [first, count] : {std::array<Index, 2>{0, 3}, {3, 4}, {6, 1}, {2, 0}}) {
    INFO("rows " << first << " and " << count - 1 << " more");
    context.random.seek(begin);
    context.rows = {.first = first, .total = 7};
    const Variable part(x.part(first * 6, {count, 3, 2}));
    const Tensor y = ops::dropout(context, part, real(0.5)).value();
    REQUIRE(std::equal(y.span().begin(), y.span().end(), whole.data() + first * 6));
    REQUIRE(context.random.position() == end);
  }
  const Variable part(x.part(0, {3, 3, 2}));
  context.rows = {.first = 5, .total = 7};
  require_refusal([&] { ops::dropout(context, part, real(0.5)); }, ErrorCode::kShape,
                  {"dropout", "[3, 3, 2]", "7 rows", "row 5"});
}
