#include "ops/concat.h"

#include <array>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("concat: values") {
  Context context;
  const std::array<Variable, 3> parts{Variable(values({2, 1}, {1, 2})),
                                      Variable(values({2, 2}, {3, 4, 5, 6})),
                                      Variable(values({2, 1}, {7, 8}))};
  require_values(ops::concat(context, parts).value(), {1, 3, 4, 7, 2, 5, 6, 8});
}

TEST_CASE("concat: gradient") {
  Random random(1, 1);
  check_gradients([](Context& context, const auto& in) { return ops::concat(context, in); },
                  {random_tensor(random, {2, 3, 1}), random_tensor(random, {2, 3, 5}),
                   random_tensor(random, {2, 3, 4})});
  check_gradients([](Context& context, const auto& in) { return ops::concat(context, in); },
                  {random_tensor(random, {3})});
  // The same part twice.
  check_gradients(
      [](Context& context, const auto& in) {
        return ops::concat(context, std::array<Variable, 2>{in[0], in[0]});
      },
      {random_tensor(random, {2, 3})});
}

TEST_CASE("concat: what does not fit") {
  Context context;
  const auto call = [&](const Shape& a, const Shape& b) {
    ops::concat(context,
                std::array<Variable, 2>{Variable(Tensor::zeros(a)), Variable(Tensor::zeros(b))});
  };
  require_refusal([&] { call({2, 3}, {3, 3}); }, ErrorCode::kShape, {"concat", "[2, 3]", "[3, 3]"});
  require_refusal([&] { call({2, 3}, {2, 1, 3}); }, ErrorCode::kShape,
                  {"concat", "[2, 3]", "[2, 1, 3]"});
  require_refusal([&] { call({}, {}); }, ErrorCode::kShape, {"concat", "[]"});
  require_refusal([&] { ops::concat(context, {}); }, ErrorCode::kArgument, {"concat", "got 0"});
}
