#include "ops/sigmoid_binary_cross_entropy.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("sigmoid_binary_cross_entropy: values, far ones too") {
  Context context;
  const auto loss = [&](const Tensor& logits, std::vector<std::int32_t> labels) {
    return ops::sigmoid_binary_cross_entropy(context, Variable(logits), labels).value();
  };
  // −(log ½ + log ¾) / 2
  require_values(loss(values({2}, {0, -std::log(real(3))}), {1, 0}), {0.4904146265});
  require_values(loss(values({1, 1}, {1000}), {1}), {0});
  require_values(loss(values({1, 1}, {-1000}), {1}), {1000});
}

TEST_CASE("sigmoid_binary_cross_entropy: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{1}, Shape{1, 1}, Shape{9}, Shape{6, 1}}) {
    std::vector<std::int32_t> labels;
    for (Index row = 0; row < shape[0]; ++row) {
      labels.push_back(static_cast<std::int32_t>(random.below(2)));
    }
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::sigmoid_binary_cross_entropy(context, in[0], labels);
        },
        {random_tensor(random, shape, -3, 3)});
  }
}

TEST_CASE("sigmoid_binary_cross_entropy: what does not fit") {
  Context context;
  const auto call = [&](const Shape& shape, std::vector<std::int32_t> labels) {
    ops::sigmoid_binary_cross_entropy(context, Variable(Tensor::zeros(shape)), labels);
  };
  require_refusal([&] { call({2, 2}, {0, 1}); }, ErrorCode::kShape,
                  {"sigmoid_binary_cross_entropy", "[2, 2]", "[2]"});
  require_refusal([&] { call({0}, {}); }, ErrorCode::kShape, {"sigmoid_binary_cross_entropy"});
  require_refusal([&] { call({2}, {0, 2}); }, ErrorCode::kArgument, {"label 2 of row 1"});
}
