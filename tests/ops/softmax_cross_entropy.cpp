#include "ops/softmax_cross_entropy.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("softmax_cross_entropy: values, far ones too") {
  Context context;
  const auto loss = [&](const Tensor& logits, std::vector<std::int32_t> labels) {
    return ops::softmax_cross_entropy(context, Variable(logits), labels).value();
  };
  // −(log ¾ + log ½) / 2
  require_values(loss(values({2, 2}, {0, std::log(real(3)), 5, 5}), {1, 0}), {0.4904146265});
  require_values(loss(values({1, 3}, {1000, 0, -1000}), {0}), {0});
  require_values(loss(values({1, 3}, {1000, 0, -1000}), {2}), {2000});
}

TEST_CASE("softmax_cross_entropy: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 2}, Shape{5, 3}, Shape{3, 10}}) {
    std::vector<std::int32_t> labels;
    for (Index row = 0; row < shape[0]; ++row) {
      labels.push_back(
          static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(shape[1]))));
    }
    check_gradients(
        [&](Context& context, const auto& in) {
          return ops::softmax_cross_entropy(context, in[0], labels);
        },
        {random_tensor(random, shape, -2, 2)});
  }
}

TEST_CASE("softmax_cross_entropy: what does not fit") {
  Context context;
  const auto call = [&](const Shape& shape, std::vector<std::int32_t> labels) {
    ops::softmax_cross_entropy(context, Variable(Tensor::zeros(shape)), labels);
  };
  require_refusal([&] { call({2, 3}, {0}); }, ErrorCode::kShape,
                  {"softmax_cross_entropy", "[2, 3]", "[1]"});
  require_refusal([&] { call({0, 3}, {}); }, ErrorCode::kShape, {"softmax_cross_entropy"});
  require_refusal([&] { call({2, 3}, {0, 3}); }, ErrorCode::kArgument,
                  {"softmax_cross_entropy", "label 3 of row 1", "0..2"});
  require_refusal([&] { call({2, 3}, {-1, 0}); }, ErrorCode::kArgument, {"label -1 of row 0"});
}
