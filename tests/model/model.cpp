#include "model/model.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "support/errors.h"
#include "support/files.h"

namespace {

using namespace deai;
using support::error_of;
using support::read_text;

task::Task table_task(std::vector<task::Layer> layers) {
  task::Task task = task::parse(read_text("tests/task/table.json"));  // 4 inputs, 1 output
  task.model.layers = std::move(layers);
  return task;
}

task::Task image_task(std::vector<task::Layer> layers) {
  task::Task task = task::parse(read_text("tests/task/image.json"));  // 8 x 6 x 3, 3 outputs
  task.model.layers = std::move(layers);
  return task;
}

std::string model_error(const task::Task& task) {
  return error_of([&] { model::Model model(task); });
}

}  // namespace

TEST_CASE("a model has its layers' parameters under PyTorch's names") {
  const model::Model model(task::parse(read_text("tests/task/image.json")));
  CHECK(model.layout_text() ==
        "0.weight [4, 3, 3, 3] 0\n"
        "0.bias [4] 108\n"
        "3.weight [3, 24] 112\n"
        "3.bias [3] 184\n");
  CHECK(model.weights().size() == 187);
  CHECK(model.parameters().size() == 4);
}

TEST_CASE("a model's output has one row per sample") {
  const model::Model model(task::parse(read_text("tests/task/image.json")));
  autograd::Context context;
  const auto outputs = model.forward(context, model.trainable(),
                                     autograd::Variable(tensor::Tensor::full({5, 8, 6, 3}, 0.5)));
  CHECK(outputs.shape() == Shape{5, 3});
}

TEST_CASE("every layer for images that a task names is made, in PyTorch's shapes") {
  task::Conv2dLayer grouped{4, 3};
  grouped.padding = 1;
  grouped.groups = 2;
  task::AvgPool2dLayer halve;
  halve.padding = 1;
  const model::Model model(image_task(
      {task::DepthwiseConv2dLayer{.kernel = 3, .stride = 1, .padding = 1, .multiplier = 2}, grouped,
       halve, task::GlobalAvgPool2dLayer{}, task::DenseLayer{3}}));
  CHECK(model.layout_text() ==
        "0.weight [6, 3, 3, 1] 0\n"
        "0.bias [6] 54\n"
        "1.weight [4, 3, 3, 3] 60\n"
        "1.bias [4] 168\n"
        "4.weight [3, 4] 172\n"
        "4.bias [3] 184\n");
  autograd::Context context;
  const auto outputs = model.forward(context, model.trainable(),
                                     autograd::Variable(tensor::Tensor::full({5, 8, 6, 3}, 0.5)));
  CHECK(outputs.shape() == Shape{5, 3});
}

TEST_CASE("first weights depend on the seed and the layer alone") {
  const std::vector<task::Layer> two{task::DenseLayer{3}, task::DenseLayer{1}};
  const model::Model a(table_task(two));
  const model::Model b(table_task(two));
  CHECK(std::ranges::equal(a.weights(), b.weights()));

  task::Task other = table_task(two);
  other.model.seed += 1;
  CHECK_FALSE(std::ranges::equal(a.weights(), model::Model(other).weights()));

  // Another layer behind it changes nothing in the first one.
  const model::Model c(table_task({task::DenseLayer{3}, task::ReluLayer{}, task::DenseLayer{1}}));
  CHECK(std::ranges::equal(a.weights().first(15), c.weights().first(15)));
}

TEST_CASE("first weights have these bits on every machine") {
  // Uniform numbers of known bits times a factor from sqrt, which IEEE 754 rounds correctly.
  const model::Model model(table_task({task::DenseLayer{1}}));
  Random random(7, 0);
  const auto bound = static_cast<real>(std::sqrt(6.0 / 5.0));
  for (std::size_t at = 0; at < 4; ++at) {
    CHECK(model.weights()[at] == random.uniform(-bound, bound));
  }
  CHECK(model.weights()[4] == 0);
}

TEST_CASE("layers that do not fit are named with both shapes") {
  CHECK(model_error(image_task({task::DenseLayer{3}})) ==
        "task: model.layers[0]: layer 0 (dense): expected a row of features, got [8, 6, 3]; put a "
        "flatten layer before it");
  CHECK(model_error(table_task({task::ReluLayer{}, task::Conv2dLayer{1, 3}})) ==
        "task: model.layers[1]: layer 1 (conv2d): expected an image [H, W, C], got [4]");
  CHECK(model_error(image_task({task::Conv2dLayer{1, 7}}))
            .starts_with("task: model.layers[0]: layer 0 (conv2d): "));
  CHECK(model_error(image_task({task::FlattenLayer{}, task::MaxPool2dLayer{}}))
            .starts_with("task: model.layers[1]: layer 1 (max_pool2d): "));
  task::Conv2dLayer grouped{4, 3};
  grouped.groups = 2;
  CHECK(model_error(image_task({grouped})) ==
        "task: model.layers[0]: layer 0 (conv2d): groups must divide channels and filters: there "
        "are 2 groups, 3 channels and 4 filters");
  CHECK(model_error(table_task({task::DepthwiseConv2dLayer{.kernel = 3}})) ==
        "task: model.layers[0]: layer 0 (depthwise_conv2d): expected an image [H, W, C], got [4]");
}

TEST_CASE("the output must be what the loss and the classes need") {
  CHECK(model_error(table_task({task::DenseLayer{2}})) ==
        "task: model.layers[0]: the model's output is [2] per sample, but the loss and the classes "
        "need [1]");
  CHECK(model_error(image_task({task::ReluLayer{}, task::MaxPool2dLayer{}})) ==
        "task: model.layers[1]: the model's output is [4, 3, 3] per sample, but the loss and the "
        "classes need [3]");
}

TEST_CASE("a model that no page could hold is refused before it is made") {
  const std::vector<task::Layer> wide{task::DenseLayer{65536}, task::DenseLayer{65536},
                                      task::DenseLayer{1}};
  CHECK(model_error(table_task(wide)) ==
        "task: model.layers[1]: the model has 4295360512 weights up to here, expected at most "
        "67108864");
  task::Task many = table_task({task::DenseLayer{4096}, task::DenseLayer{1}});
  many.training.batch_size = 65536;
  CHECK(model_error(many) ==
        "task: model.layers[0]: a step of 65536 samples keeps 268435456 numbers up to here, "
        "expected at most 134217728: make batch_size or the layers smaller");
  // Products that would overflow 32 bits on the way.
  std::vector<task::Layer> growing(8, task::Conv2dLayer{4096, 1, 1, 64});
  CHECK(model_error(image_task(growing)).starts_with("task: model.layers[0]: a step of "));
  // 3·64ⁿ channels, until there are too many of them.
  std::vector<task::Layer> more(8, task::DepthwiseConv2dLayer{.kernel = 1, .multiplier = 64});
  more.insert(more.begin(), task::GlobalAvgPool2dLayer{});
  CHECK(model_error(image_task(more)).starts_with("task: model.layers[1]: layer 1 (depthwise"));
  more[0] = task::AvgPool2dLayer{.size = 6, .stride = 6};
  CHECK(model_error(image_task(more)) ==
        "task: model.layers[4]: the model has 102261120 weights up to here, expected at most "
        "67108864");
}
