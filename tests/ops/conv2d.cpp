#include "ops/conv2d.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("conv2d: values") {
  Context context;
  // Two rows of three pixels, one channel; the filter takes a pixel minus its right neighbour.
  const Variable x(values({1, 2, 3, 1}, {1, 2, 4, 7, 11, 16}));
  const Variable w(values({1, 1, 2, 1}, {1, -1}));
  const Variable b(values({1}, {100}));
  const Tensor y = ops::conv2d(context, x, w, b, {}).value();
  REQUIRE(y.shape() == Shape{1, 2, 2, 1});
  require_values(y, {99, 98, 96, 95});
  const Tensor padded = ops::conv2d(context, x, w, b, {.padding = {0, 1}}).value();
  REQUIRE(padded.shape() == Shape{1, 2, 4, 1});
  require_values(padded, {99, 99, 98, 104, 93, 96, 95, 116});
}

TEST_CASE("conv2d: groups see their own channels only") {
  Context context;
  const Variable x(values({1, 1, 1, 4}, {1, 10, 100, 1000}));
  const Variable b(values({2}, {0, 5}));
  const Tensor y =
      ops::conv2d(context, x, Variable(values({2, 1, 1, 2}, {1, 2, 3, 4})), b, {.groups = 2})
          .value();
  require_values(y, {21, 4305});
  const Variable four(values({4}, {0, 0, 0, 1}));
  const Tensor alone =
      ops::conv2d(context, x, Variable(values({4, 1, 1, 1}, {1, 2, 3, 4})), four, {.groups = 4})
          .value();
  require_values(alone, {1, 20, 300, 4001});
}

TEST_CASE("conv2d: gradient") {
  Random random(1, 1);
  const auto check = [&](const Shape& x, const Shape& w, const ops::Conv2dOptions& options) {
    INFO("x " << x.to_string() << " w " << w.to_string() << " stride " << options.stride[0]
              << " padding " << options.padding[0] << " dilation " << options.dilation[0]);
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::conv2d(context, in[0], in[1], in[2], options);
        },
        {random_tensor(random, x), random_tensor(random, w), random_tensor(random, {w[0]})});
  };
  check({1, 1, 1, 1}, {1, 1, 1, 1}, {});
  check({0, 3, 3, 2}, {2, 2, 2, 2}, {});
  check({2, 5, 4, 2}, {3, 3, 2, 2}, {});
  check({2, 5, 5, 1}, {9, 3, 3, 1}, {.padding = {1, 1}});
  check({1, 6, 5, 3}, {2, 3, 3, 3}, {.stride = {2, 3}, .padding = {1, 2}});
  check({1, 7, 6, 2}, {2, 2, 3, 2}, {.padding = {2, 1}, .dilation = {3, 2}});
  check({1, 7, 7, 1}, {1, 3, 3, 1}, {.stride = {2, 2}, .padding = {3, 3}, .dilation = {2, 2}});
  // Each channel alone, one and two filters for each.
  check({2, 4, 3, 5}, {5, 3, 3, 1}, {.padding = {1, 1}, .groups = 5});
  check({1, 5, 7, 3}, {6, 2, 3, 1}, {.stride = {2, 2}, .padding = {1, 2}, .groups = 3});
  check({1, 6, 5, 2}, {2, 2, 3, 1}, {.padding = {2, 1}, .dilation = {3, 2}, .groups = 2});
  // Between.
  check({2, 4, 4, 4}, {6, 3, 2, 2}, {.padding = {1, 1}, .groups = 2});
  check({0, 4, 4, 6}, {3, 3, 2, 2}, {.groups = 3});
}

TEST_CASE("conv2d: nothing added where there is no bias") {
  Random random(2, 1);
  for (const Index groups : {1, 2}) {
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::conv2d(context, in[0], in[1], Variable(), {.groups = groups});
        },
        {random_tensor(random, {2, 5, 4, 2}), random_tensor(random, {4, 3, 2, 2 / groups})});
  }
}

TEST_CASE("conv2d: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const Shape& w, const ops::Conv2dOptions& options) {
    ops::conv2d(context, Variable(Tensor::zeros(x)), Variable(Tensor::zeros(w)),
                Variable(Tensor::zeros({w[0]})), options);
  };
  require_refusal([&] { call({1, 4, 4, 2}, {3, 3, 3, 1}, {}); }, ErrorCode::kShape,
                  {"conv2d", "[1, 4, 4, 2]", "[3, 3, 3, 1]", "groups"});
  require_refusal([&] { call({1, 4, 4, 5}, {4, 3, 3, 2}, {.groups = 2}); }, ErrorCode::kShape,
                  {"conv2d", "[1, 4, 4, 5]", "[4, 3, 3, 2]", "groups = 2"});
  require_refusal([&] { call({1, 4, 4, 4}, {3, 3, 3, 2}, {.groups = 2}); }, ErrorCode::kArgument,
                  {"conv2d", "groups = 2", "[3, 3, 3, 2]"});
  require_refusal([&] { call({1, 4, 4, 0}, {3, 3, 3, 1}, {.groups = 0}); }, ErrorCode::kArgument,
                  {"conv2d", "groups = 0"});
  require_refusal([&] { call({1, 4, 4, 2}, {3, 5, 5, 2}, {}); }, ErrorCode::kShape,
                  {"conv2d", "[3, 5, 5, 2]", "[1, 4, 4, 2]"});
  require_refusal([&] { call({1, 4, 4, 2}, {3, 3, 3, 2}, {.stride = {0, 1}}); },
                  ErrorCode::kArgument, {"conv2d", "stride"});
}
