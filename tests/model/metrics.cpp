#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "model/metrics.h"
#include "task/training_kinds.h"

namespace {

using namespace deai;
using model::Metrics;
using tensor::Tensor;

task::Task task_of(task::LossSpec loss, std::vector<std::string> classes,
                   std::vector<task::Choice> metrics) {
  task::Task task;
  task.data.input = task::TableData{};
  task.data.classes = std::move(classes);
  task.loss = std::move(loss);
  task.metrics = std::move(metrics);
  return task;
}

task::Choice metric(std::string_view name, std::initializer_list<task::Choice::Setting> set = {}) {
  return task::make_choice(task::metric_kinds(), name, set);
}

Tensor tensor_of(const Shape& shape, const std::vector<real>& values) {
  Tensor out(shape);
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

std::map<std::string, double> named(const Metrics& metrics) {
  std::map<std::string, double> values;
  for (const Metrics::Value& one : metrics.values()) values[std::string(one.name)] = one.value;
  return values;
}

bool near(double found, double expected) { return std::abs(found - expected) < 1e-6; }

}  // namespace

TEST_CASE("three classes: what was taken for what, in two batches") {
  const task::Task metrics_task = task_of(
      task::Loss::kSoftmaxCrossEntropy, {"a", "b", "c"},
      {metric("accuracy"), metric("top_k", {{"k", 2}}), metric("f1"), metric("confusion_matrix")});
  Metrics metrics(metrics_task);
  const std::vector<std::int32_t> first{0, 1, 2};
  metrics.add(tensor_of({3, 3}, {3, 1, 2, /**/ 5, 4, 3, /**/ 0, 1, 2}), {first, {}});
  const std::vector<std::int32_t> second{2, 0};
  metrics.add(tensor_of({2, 3}, {2, 1, 0, /**/ 9, -1, -2}), {second, {}});
  const auto values = named(metrics);
  REQUIRE(values.size() == 4);
  CHECK(std::isnan(values.at("confusion_matrix")));
  CHECK(near(values.at("accuracy"), 3.0 / 5));
  CHECK(near(values.at("top_k"), 4.0 / 5));
  // a: 2·2/(2 + 4), b: 0, c: 2·1/(2 + 1)
  CHECK(near(values.at("f1"), (4.0 / 6 + 0 + 2.0 / 3) / 3));
  CHECK(metrics.confusion() == std::vector<std::uint32_t>{2, 0, 0, 1, 0, 0, 1, 0, 1});
}

TEST_CASE("two classes: pairs in right order, ties half") {
  const task::Task metrics_task = task_of(task::Loss::kSigmoidBinaryCrossEntropy, {"no", "yes"},
                                          {metric("auc"), metric("f1"), metric("accuracy")});
  Metrics metrics(metrics_task);
  const std::vector<std::int32_t> labels{0, 1, 0, 1, 1};
  metrics.add(tensor_of({5, 1}, {-2, -1, real(0.5), real(0.5), 3}), {labels, {}});
  const auto values = named(metrics);
  // Of six pairs: −1 beats −2, 0.5 beats −2 and ties with 0.5, 3 beats both.
  CHECK(near(values.at("auc"), 4.5 / 6));
  CHECK(near(values.at("accuracy"), 3.0 / 5));
  CHECK(near(values.at("f1"), 2 * 2.0 / (3 + 3)));
  CHECK(metrics.confusion().empty());

  const task::Task softmax_task =
      task_of(task::Loss::kSoftmaxCrossEntropy, {"no", "yes"}, {metric("auc")});
  Metrics softmax(softmax_task);
  softmax.add(tensor_of({5, 2}, {2, 0, 1, 0, 0, real(0.5), 0, real(0.5), 0, 3}), {labels, {}});
  CHECK(near(named(softmax).at("auc"), 4.5 / 6));
}

TEST_CASE("numbers: how far off") {
  const task::Task metrics_task = task_of(
      task::Loss::kHuber, {}, {metric("mean_absolute_error"), metric("root_mean_squared_error")});
  Metrics metrics(metrics_task);
  const std::vector<real> targets{1, 2};
  metrics.add(tensor_of({2, 1}, {4, -2}), {{}, targets});
  CHECK(near(named(metrics).at("mean_absolute_error"), 3.5));
  CHECK(near(named(metrics).at("root_mean_squared_error"), std::sqrt(12.5)));
  CHECK(std::isnan(metrics.accuracy()));
}

TEST_CASE("samples of an ignored class count for nothing, and of no samples nothing is known") {
  task::LossSpec loss;
  loss.ignored = 1;
  const task::Task metrics_task = task_of(loss, {"a", "b"}, {metric("accuracy"), metric("auc")});
  Metrics metrics(metrics_task);
  CHECK(std::isnan(metrics.accuracy()));
  const std::vector<std::int32_t> labels{1, 0};
  metrics.add(tensor_of({2, 2}, {0, 1, 1, 0}), {labels, {}});
  CHECK(metrics.accuracy() == 1);
  CHECK(std::isnan(named(metrics).at("auc")));
}
