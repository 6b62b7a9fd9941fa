#include "ops/group_norm.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("group_norm: values") {
  Context context;
  // Two groups of two channels: {1, 3, 5, 7} and {0, 0, 2, 2}.
  const Variable x(values({1, 1, 2, 4}, {1, 3, 0, 2, 5, 7, 0, 2}));
  const Variable gamma(values({4}, {1, 1, 1, 2})), beta(values({4}, {0, 0, 10, 0}));
  const double s = 1 / std::sqrt(8.0), t = 1 / std::sqrt(4.0);
  require_values(ops::group_norm(context, x, gamma, beta, 2, 3).value(),
                 {-3 * s, -s, 10 - t, 2 * t, s, 3 * s, 10 - t, 2 * t});
}

TEST_CASE("group_norm: gradient") {
  Random random(1, 1);
  const auto check = [&](const Shape& shape, Index groups) {
    INFO("x " << shape.to_string() << " groups " << groups);
    const Shape width{shape[-1]};
    check_gradients(
        [groups](Context& context, const auto& in) {
          return ops::group_norm(context, in[0], in[1], in[2], groups, real(0.1));
        },
        {random_tensor(random, shape), random_tensor(random, width), random_tensor(random, width)});
  };
  check({2, 3}, 1);
  check({0, 2, 2, 4}, 2);
  check({2, 1, 1, 2}, 2);
  check({2, 3, 2, 6}, 2);
  check({1, 2, 2, 18}, 18);
  check({1, 2, 2, 18}, 1);
}

TEST_CASE("group_norm: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const Shape& gamma, Index groups) {
    ops::group_norm(context, Variable(Tensor::zeros(x)), Variable(Tensor::zeros(gamma)),
                    Variable(Tensor::zeros(gamma)), groups, 1);
  };
  require_refusal([&] { call({2, 3, 3, 4}, {3}, 1); }, ErrorCode::kShape,
                  {"group_norm", "[2, 3, 3, 4]", "gamma [3]"});
  require_refusal([&] { call({2, 0, 3, 4}, {4}, 1); }, ErrorCode::kShape, {"group_norm", "pixels"});
  for (const Index groups : {0, 3}) {
    require_refusal([&] { call({2, 3, 3, 4}, {4}, groups); }, ErrorCode::kArgument,
                    {"group_norm", "groups", "[2, 3, 3, 4]"});
  }
}
