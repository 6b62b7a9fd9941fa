#include "ops/batch_norm.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("batch_norm: values, of the batch and running ones") {
  Context context;
  context.training = true;
  const Variable x(values({2, 1, 1, 2}, {1, 10, 3, 14}));
  const Variable gamma(values({2}, {1, 2})), beta(values({2}, {0, 5}));
  const ops::RunningStatistics running{values({2}, {1, 0}), values({2}, {1, 2})};
  const ops::BatchNormOptions options{.epsilon = 3, .momentum = real(0.25)};
  const double t = 2 / std::sqrt(7.0);
  require_values(ops::batch_norm(context, x, gamma, beta, running, options).value(),
                 {-0.5, 5 - 2 * t, 0.5, 5 + 2 * t});
  require_values(running.mean, {0.75 + 0.25 * 2, 0.25 * 12});
  require_values(running.variance, {0.75 + 0.25 * 2, 1.5 + 0.25 * 8});  // unbiased

  context.training = false;
  const double s = 1 / std::sqrt(4.25), u = 2 / std::sqrt(6.5);
  require_values(ops::batch_norm(context, x, gamma, beta, running, options).value(),
                 {-0.25 * s, 5 + 7 * u, 1.75 * s, 5 + 11 * u});
  require_values(running.mean, {1.25, 3});
}

TEST_CASE("batch_norm: gradient") {
  Random random(1, 1);
  for (const bool training : {false, true}) {
    for (const Shape& shape :
         {Shape{2, 1}, Shape{5, 3}, Shape{2, 3, 2, 4}, Shape{3, 1, 2, 18}, Shape{2, 2, 1}}) {
      INFO("x " << shape.to_string());
      const Shape width{shape[-1]};
      const ops::RunningStatistics running{random_tensor(random, width),
                                           random_tensor(random, width, 1, 2)};
      check_gradients(
          [&](Context& context, const auto& in) {
            return ops::batch_norm(context, in[0], in[1], in[2], running, {.epsilon = real(0.1)});
          },
          {random_tensor(random, shape), random_tensor(random, width),
           random_tensor(random, width)},
          {.training = training});
    }
  }
}

TEST_CASE("batch_norm: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, Index width, Index running) {
    const Variable one(Tensor::full({width}, 1));
    ops::batch_norm(context, Variable(Tensor::zeros(x)), one, one,
                    {Tensor::full({running}, 1), Tensor::full({running}, 1)}, {});
  };
  require_refusal([&] { call({2, 3, 3, 4}, 3, 4); }, ErrorCode::kShape,
                  {"batch_norm", "[2, 3, 3, 4]", "gamma [3]"});
  require_refusal([&] { call({2, 3, 3, 4}, 4, 3); }, ErrorCode::kShape,
                  {"batch_norm", "[2, 3, 3, 4]", "running mean [3]"});
  call({1, 4}, 4, 4);
  context.training = true;
  require_refusal([&] { call({1, 4}, 4, 4); }, ErrorCode::kShape, {"batch_norm", "[1, 4]"});
}
