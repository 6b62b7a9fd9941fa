#include "model/outputs.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

namespace {

using namespace deai;
using autograd::Variable;
using tensor::Tensor;

bool close(real found, double expected) {
  return std::abs(static_cast<double>(found) - expected) < 1e-6;
}

}  // namespace

TEST_CASE("the outputs of a softmax task") {
  autograd::Context context;
  const Variable outputs(Tensor::copy_of({3, 2}, std::vector<real>{0, 0, 2, 1, -1, 3}));
  const std::vector<std::int32_t> classes{0, 1, 1};
  const model::Labels labels{classes, {}};
  std::vector<std::int32_t> places;
  constexpr auto kLoss = task::Loss::kSoftmaxCrossEntropy;
  CHECK(model::count_correct(kLoss, outputs.value(), labels, places) == 2);
  const double expected = (std::log(2.0) + (std::log(std::exp(2.0) + std::exp(1.0)) - 1) +
                           (std::log(std::exp(-1.0) + std::exp(3.0)) - 3)) /
                          3;
  CHECK(close(model::loss(context, kLoss, outputs, labels).value().item(), expected));
  const Tensor readable = model::readable(context, kLoss, outputs);
  CHECK(close(readable.data()[0], 0.5));
  CHECK(close(readable.data()[2], 1 / (1 + std::exp(-1.0))));
}

TEST_CASE("the outputs of a sigmoid task") {
  autograd::Context context;
  const Variable outputs(Tensor::copy_of({3, 1}, std::vector<real>{-1, 2, 0.5}));
  const std::vector<std::int32_t> classes{0, 1, 0};
  const model::Labels labels{classes, {}};
  std::vector<std::int32_t> places;
  constexpr auto kLoss = task::Loss::kSigmoidBinaryCrossEntropy;
  CHECK(model::count_correct(kLoss, outputs.value(), labels, places) == 2);
  const double expected =
      (std::log1p(std::exp(-1.0)) + std::log1p(std::exp(-2.0)) + std::log1p(std::exp(0.5))) / 3;
  CHECK(close(model::loss(context, kLoss, outputs, labels).value().item(), expected));
  CHECK(close(model::readable(context, kLoss, outputs).data()[1], 1 / (1 + std::exp(-2.0))));
}

TEST_CASE("the outputs of a task whose label is a number") {
  autograd::Context context;
  const Variable outputs(Tensor::copy_of({2, 1}, std::vector<real>{3, -2}));
  const std::vector<real> numbers{1, -1};
  const model::Labels labels{{}, numbers};
  std::vector<std::int32_t> places;
  constexpr auto kLoss = task::Loss::kMeanSquaredError;
  CHECK(model::count_correct(kLoss, outputs.value(), labels, places) == 0);
  CHECK(close(model::loss(context, kLoss, outputs, labels).value().item(), 2.5));
  CHECK(model::readable(context, kLoss, outputs).data()[0] == 3);
}
