#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "model/outputs.h"
#include "parity/torch_dump.h"
#include "session/trainable.h"

// Optimizers, schedules and losses against PyTorch: what tools/torch_dumps/training.py wrote.
namespace {

using namespace deai;
using parity::distance;
using parity::TorchDump;
using tensor::Tensor;

const std::vector<std::string> kNames{"0.weight", "0.bias", "2.weight", "2.bias"};

task::Task net(std::string_view training) {
  const task::json::Document document(training, {"case", ErrorCode::kTask}, 1 << 20);
  task::Task task = task::parse(support::read_text("tests/task/image.json"));
  task::TableData table;
  table.columns.resize(5);
  task.data.input = table;
  task.data.classes.resize(3);
  task.model.layers = {task::make_layer("dense", {{"units", 7}}), task::make_layer("relu"),
                       task::make_layer("dense", {{"units", 3}})};
  task.training = task::read_training(document.root());
  return task;
}

// The weights of a net in its own order.
std::vector<float> weights_of(const model::Model& model, const TorchDump& dump,
                              const std::string& of, const std::string& when) {
  std::vector<float> flat(model.weights().size());
  for (const nn::Parameter& parameter : model.parameters()) {
    const Tensor value = dump.tensor(of, text(when, '/', parameter.name));
    REQUIRE(value.shape() == parameter.shape);
    for (Index at = 0; at < value.size(); ++at) {
      flat[static_cast<std::size_t>(parameter.offset + at)] = static_cast<float>(value.data()[at]);
    }
  }
  return flat;
}

std::vector<std::int32_t> classes_of(const Tensor& y, Index first, Index count) {
  std::vector<std::int32_t> labels;
  for (Index at = first; at < first + count; ++at) {
    labels.push_back(static_cast<std::int32_t>(y.data()[at]));
  }
  return labels;
}

void check_weights(std::span<const real> found, const std::vector<float>& expected) {
  const std::vector<real> numbers(expected.begin(), expected.end());
  CHECK(distance(found, numbers) < 1e-4);
}

}  // namespace

TEST_CASE("ten steps by every optimizer and schedule are PyTorch's") {
  const TorchDump dump("training");
  REQUIRE(dump.cases().size() == 19);
  for (const auto& [name, training] : dump.cases()) {
    INFO(name);
    session::Trainable trainable(net(training), 1);
    REQUIRE(trainable.model().parameters().size() == kNames.size());
    trainable.set_weights(weights_of(trainable.model(), dump, name, "before"));
    const Tensor x = dump.tensor(name, "x");
    const Tensor y = dump.tensor(name, "y");
    const Tensor losses = dump.tensor(name, "losses");
    for (Index step = 0; step < 10; ++step) {
      const std::vector<std::int32_t> labels = classes_of(y, 4 * step, 4);
      const double loss = trainable.train_batch(x.part(20 * step, {4, 5}), {labels, {}}).loss;
      INFO("step " << step);
      CHECK(std::abs(loss - static_cast<double>(losses.data()[step])) < 1e-4);
    }
    check_weights(trainable.model().weights(), weights_of(trainable.model(), dump, name, "after"));
    if (dump.tensors(name, "average/").empty()) continue;
    check_weights(trainable.judged_weights().span(),
                  weights_of(trainable.model(), dump, name, "average"));
  }
}

TEST_CASE("every loss and its gradient are PyTorch's") {
  const TorchDump dump("losses");
  REQUIRE(dump.cases().size() == 8);
  for (const auto& [name, description] : dump.cases()) {
    INFO(name);
    const task::json::Document document(description, {"case", ErrorCode::kTask}, 1 << 20);
    task::Data data;
    data.classes.resize(static_cast<std::size_t>(document.root().member("classes").whole(0, 100)));
    const task::LossSpec spec = task::read_loss(document.root().member("loss"), data);
    const Tensor y = dump.tensor(name, "y");
    const std::vector<std::int32_t> classes = classes_of(y, 0, spec.has_classes() ? y.size() : 0);
    const model::Labels labels{classes, spec.has_classes() ? std::span<const real>() : y.span()};
    autograd::Context context;
    const Tensor x = dump.tensor(name, "x");
    Tensor gradient = Tensor::zeros(x.shape());
    const autograd::Variable variable = context.tape.parameter(x, gradient);
    const autograd::Variable loss = model::loss(context, spec, variable, labels);
    CHECK(distance(loss.value().span(), dump.tensor(name, "value").span()) < 1e-5);
    context.tape.backward(loss);
    CHECK(distance(gradient.span(), dump.tensor(name, "gradient").span()) < 1e-5);
  }
}
