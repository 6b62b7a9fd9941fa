#include "ops/conv_transpose2d.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("conv_transpose2d: values") {
  Context context;
  // Each pixel lays down a multiple of the kernel.
  const Variable x(values({1, 1, 2, 1}, {1, 10})), w(values({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6}));
  const Variable b(values({1}, {100}));
  require_values(ops::conv_transpose2d(context, x, w, b, {.stride = {1, 2}}).value(),
                 {101, 102, 113, 120, 130, 104, 105, 146, 150, 160});
  require_values(
      ops::conv_transpose2d(context, x, w, b,
                            {.stride = {1, 2}, .padding = {0, 1}, .output_padding = {0, 1}})
          .value(),
      {102, 113, 120, 130, 105, 146, 150, 160});
}

TEST_CASE("conv_transpose2d: gradient") {
  Random random(1, 1);
  const auto check = [&](const Shape& x, const Shape& w,
                         const ops::ConvTranspose2dOptions& options) {
    INFO("x " << x.to_string() << " w " << w.to_string());
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::conv_transpose2d(context, in[0], in[1], in[2], options);
        },
        {random_tensor(random, x), random_tensor(random, w),
         random_tensor(random, {w[3] * options.groups})});
  };
  check({1, 1, 1, 1}, {1, 1, 1, 1}, {});
  check({0, 2, 2, 3}, {3, 2, 2, 2}, {});
  check({2, 3, 2, 3}, {3, 3, 2, 5},
        {.stride = {2, 3}, .padding = {1, 0}, .output_padding = {1, 2}});
  check({1, 3, 3, 4}, {4, 2, 3, 3}, {.dilation = {2, 1}, .groups = 2});
  check({1, 2, 3, 4}, {4, 3, 3, 1}, {.stride = {2, 2}, .padding = {1, 1}, .groups = 4});
}

TEST_CASE("conv_transpose2d: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const Shape& w,
                        const ops::ConvTranspose2dOptions& options) {
    ops::conv_transpose2d(context, Variable(Tensor::zeros(x)), Variable(Tensor::zeros(w)),
                          Variable(Tensor::zeros({2})), options);
  };
  require_refusal([&] { call({1, 2, 2, 3}, {4, 2, 2, 2}, {}); }, ErrorCode::kShape,
                  {"conv_transpose2d", "[1, 2, 2, 3]", "[4, 2, 2, 2]", "[2]"});
  require_refusal([&] { call({1, 1, 1, 3}, {3, 1, 1, 2}, {.padding = {1, 1}}); }, ErrorCode::kShape,
                  {"conv_transpose2d", "[1, 1, 1, 3]", "[3, 1, 1, 2]"});
  require_refusal([&] { call({1, 2, 2, 3}, {3, 2, 2, 2}, {.output_padding = {1, 0}}); },
                  ErrorCode::kArgument, {"conv_transpose2d", "output padding"});
  require_refusal([&] { call({1, 2, 2, 3}, {3, 2, 2, 1}, {.groups = 2}); }, ErrorCode::kArgument,
                  {"conv_transpose2d", "groups"});
}
