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

TEST_CASE("softmax_cross_entropy: smoothing, class weights, ignored rows") {
  Context context;
  const Variable logits(values({3, 2}, {0, std::log(real(3)), 5, 5, 1, 2}));
  const std::vector<std::int32_t> labels = {1, 0, -1};
  const auto loss = [&](const ops::CrossEntropyOptions& options) {
    return ops::softmax_cross_entropy(context, logits, labels, options).value();
  };
  const double a = -std::log(0.75), b = -std::log(0.25), half = std::log(2.0);
  require_values(loss({.ignored = -1}), {(a + half) / 2});
  const std::vector<real> weights = {3, 1};
  require_values(loss({.class_weights = weights, .ignored = -1}), {(a + 3 * half) / 4});
  require_values(loss({.label_smoothing = real(0.2), .ignored = -1}),
                 {(0.9 * a + 0.1 * b + half) / 2});
  require_values(loss({.label_smoothing = real(0.2), .class_weights = weights, .ignored = -1}),
                 {(0.9 * a + 0.3 * b + (2.7 + 0.1) * half) / 4});
  const std::vector<std::int32_t> none = {-1, -1, -1};
  require_values(ops::softmax_cross_entropy(context, logits, none, {.ignored = -1}).value(), {0});
}

TEST_CASE("softmax_cross_entropy: gradient with all options") {
  Random random(2, 1);
  for (const Shape& shape : {Shape{1, 1}, Shape{5, 3}, Shape{3, 10}}) {
    std::vector<std::int32_t> labels;
    std::vector<real> weights;
    for (Index row = 0; row < shape[0]; ++row) {
      labels.push_back(static_cast<std::int32_t>(row % shape[1]));
    }
    for (Index c = 0; c < shape[1]; ++c) weights.push_back(random.uniform(0, 2));
    labels.back() = 77;
    for (const real smoothing : {real(0), real(0.3), real(1)}) {
      check_gradients(
          [&](Context& context, const auto& in) {
            return ops::softmax_cross_entropy(
                context, in[0], labels,
                {.label_smoothing = smoothing, .class_weights = weights, .ignored = 77});
          },
          {random_tensor(random, shape, -2, 2)});
    }
  }
}

TEST_CASE("softmax_cross_entropy: options that do not fit") {
  Context context;
  const std::vector<real> three = {1, 2, 3}, negative = {1, -1};
  const std::vector<std::int32_t> labels = {0, 1};
  const auto call = [&](const ops::CrossEntropyOptions& options) {
    ops::softmax_cross_entropy(context, Variable(Tensor::zeros({2, 2})), labels, options);
  };
  require_refusal([&] { call({.class_weights = three}); }, ErrorCode::kShape,
                  {"softmax_cross_entropy: 3 class weights", "[2, 2]"});
  require_refusal([&] { call({.class_weights = negative}); }, ErrorCode::kArgument,
                  {"softmax_cross_entropy", "class weights"});
  require_refusal([&] { call({.label_smoothing = real(1.5)}); }, ErrorCode::kArgument,
                  {"softmax_cross_entropy", "smoothing 1.5"});
}
