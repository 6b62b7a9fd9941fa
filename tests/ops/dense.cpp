#include "ops/dense.h"

#include <algorithm>
#include <array>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("dense: values") {
  Context context;
  const Variable x(values({2, 3}, {1, 2, 3, -1, 0, 1}));
  const Variable w(values({2, 3}, {1, 0, -1, 2, 1, 0}));
  const Variable b(values({2}, {10, 20}));
  require_values(ops::dense(context, x, w, b).value(), {8, 24, 8, 18});
}

TEST_CASE("dense: gradient") {
  Random random(1, 1);
  for (const auto& [n, i, o] :
       {std::array<Index, 3>{1, 1, 1}, {3, 5, 2}, {0, 3, 2}, {2, 0, 3}, {7, 9, 17}}) {
    INFO("N " << n << " I " << i << " O " << o);
    check_gradients(
        [](Context& context, const auto& in) { return ops::dense(context, in[0], in[1], in[2]); },
        {random_tensor(random, {n, i}), random_tensor(random, {o, i}), random_tensor(random, {o})});
  }
}

TEST_CASE("dense: nothing added where there is no bias") {
  Random random(2, 1);
  const auto plain = [](Context& context, const auto& in) {
    return ops::dense(context, in[0], in[1], Variable());
  };
  const Tensor x = random_tensor(random, {3, 5});
  const Tensor w = random_tensor(random, {2, 5});
  check_gradients(plain, {x, w});
  Context context;
  const Variable zero(Tensor::zeros({2}));
  const Tensor with = ops::dense(context, Variable(x), Variable(w), zero).value();
  const Tensor without = plain(context, std::vector<Variable>{Variable(x), Variable(w)}).value();
  REQUIRE(std::ranges::equal(with.span(), without.span()));
}

TEST_CASE("dense: what does not fit") {
  Context context;
  require_refusal(
      [&] {
        ops::dense(context, Variable(Tensor::zeros({2, 3})), Variable(Tensor::zeros({4, 5})),
                   Variable(Tensor::zeros({4})));
      },
      ErrorCode::kShape, {"dense", "[2, 3]", "[4, 5]", "[4]"});
}
