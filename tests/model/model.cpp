#include "model/model.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "support/errors.h"
#include "support/files.h"

namespace {

using namespace deai;
using support::error_of;
using support::read_text;
using task::make_layer;

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
  CHECK(model.step_multiplications() == 3 * 4 * (112 * 6 * 4 + 75));  // conv2d at all places
}

TEST_CASE("a model's output has one row per sample") {
  const model::Model model(task::parse(read_text("tests/task/image.json")));
  nn::Context context;
  const auto outputs = model.forward(context, model.trainable(),
                                     autograd::Variable(tensor::Tensor::full({5, 8, 6, 3}, 0.5)));
  CHECK(outputs.shape() == Shape{5, 3});
}

TEST_CASE("every layer for images that a task names is made, in PyTorch's shapes") {
  const model::Model model(image_task(
      {make_layer("depthwise_conv2d", {{"kernel", 3}, {"padding", 1}, {"multiplier", 2}}),
       make_layer("conv2d", {{"filters", 4}, {"kernel", 3}, {"padding", 1}, {"groups", 2}}),
       make_layer("avg_pool2d", {{"size", 2}, {"padding", 1}}), make_layer("global_avg_pool2d"),
       make_layer("dense", {{"units", 3}})}));
  CHECK(model.layout_text() ==
        "0.weight [6, 3, 3, 1] 0\n"
        "0.bias [6] 54\n"
        "1.weight [4, 3, 3, 3] 60\n"
        "1.bias [4] 168\n"
        "4.weight [3, 4] 172\n"
        "4.bias [3] 184\n");
  nn::Context context;
  const auto outputs = model.forward(context, model.trainable(),
                                     autograd::Variable(tensor::Tensor::full({5, 8, 6, 3}, 0.5)));
  CHECK(outputs.shape() == Shape{5, 3});
}

TEST_CASE("first weights depend on the seed and the layer alone") {
  const std::vector<task::Layer> two{make_layer("dense", {{"units", 3}}),
                                     make_layer("dense", {{"units", 1}})};
  const model::Model a(table_task(two));
  const model::Model b(table_task(two));
  CHECK(std::ranges::equal(a.weights(), b.weights()));

  task::Task other = table_task(two);
  other.model.seed += 1;
  CHECK_FALSE(std::ranges::equal(a.weights(), model::Model(other).weights()));

  // Another layer behind it changes nothing in the first one.
  const model::Model c(table_task({make_layer("dense", {{"units", 3}}), make_layer("relu"),
                                   make_layer("dense", {{"units", 1}})}));
  CHECK(std::ranges::equal(a.weights().first(15), c.weights().first(15)));
}

TEST_CASE("first weights have these bits on every machine") {
  // Uniform numbers of known bits times a factor from sqrt, which IEEE 754 rounds correctly.
  const model::Model model(table_task({make_layer("dense", {{"units", 1}})}));
  Random random(7, 0);
  const auto bound = static_cast<real>(std::sqrt(6.0 / 5.0));
  for (std::size_t at = 0; at < 4; ++at) {
    CHECK(model.weights()[at] == random.uniform(-bound, bound));
  }
  CHECK(model.weights()[4] == 0);
}

TEST_CASE("layers that do not fit are named with both shapes") {
  CHECK(model_error(image_task({make_layer("dense", {{"units", 3}})})) ==
        "task: model.layers[0]: layer 0 (dense): expected a row of features or a "
        "sequence of them, got [8, 6, 3]; put a flatten layer before it");
  CHECK(model_error(table_task(
            {make_layer("relu"), make_layer("conv2d", {{"filters", 1}, {"kernel", 3}})})) ==
        "task: model.layers[1]: layer 1 (conv2d): expected an image [H, W, C], got [4]");
  CHECK(model_error(image_task({make_layer("conv2d", {{"filters", 1}, {"kernel", 7}})}))
            .starts_with("task: model.layers[0]: layer 0 (conv2d): "));
  CHECK(model_error(image_task({make_layer("flatten"), make_layer("max_pool2d", {{"size", 2}})}))
            .starts_with("task: model.layers[1]: layer 1 (max_pool2d): "));
  CHECK(model_error(
            image_task({make_layer("conv2d", {{"filters", 4}, {"kernel", 3}, {"groups", 2}})})) ==
        "task: model.layers[0]: layer 0 (conv2d): groups must divide channels and filters: there "
        "are 2 groups, 3 channels and 4 filters");
  CHECK(model_error(table_task({make_layer("depthwise_conv2d", {{"kernel", 3}})})) ==
        "task: model.layers[0]: layer 0 (depthwise_conv2d): expected an image [H, W, C], got [4]");
}

TEST_CASE("the output must be what the loss and the classes need") {
  CHECK(model_error(table_task({make_layer("dense", {{"units", 2}})})) ==
        "task: model.layers[0]: the model's output is [2] per sample, but the loss and the classes "
        "need [1]");
  CHECK(model_error(image_task({make_layer("relu"), make_layer("max_pool2d", {{"size", 2}})})) ==
        "task: model.layers[1]: the model's output is [4, 3, 3] per sample, but the loss and the "
        "classes need [3]");
}

TEST_CASE("a model that no page could hold is refused before it is made") {
  const std::vector<task::Layer> wide{make_layer("dense", {{"units", 65536}}),
                                      make_layer("dense", {{"units", 65536}}),
                                      make_layer("dense", {{"units", 1}})};
  CHECK(model_error(table_task(wide)) ==
        "task: model.layers[1]: a shape has at most 1073741824 elements");
  task::Task many =
      table_task({make_layer("dense", {{"units", 4096}}), make_layer("dense", {{"units", 1}})});
  many.training.batch_size = 65536;
  CHECK(model_error(many) ==
        "task: model.layers[0]: a step of 65536 samples keeps 268435456 numbers up to here, "
        "expected at most 134217728: make batch_size or the layers smaller");
  // Products that would overflow 32 bits on the way.
  std::vector<task::Layer> growing(
      8, make_layer("conv2d", {{"filters", 4096}, {"kernel", 1}, {"padding", 64}}));
  CHECK(model_error(image_task(growing)).starts_with("task: model.layers[0]: a step of "));
  // 3·64ⁿ channels, until there are too many of them.
  std::vector<task::Layer> more(
      8, make_layer("depthwise_conv2d", {{"kernel", 1}, {"multiplier", 64}}));
  more.insert(more.begin(), make_layer("global_avg_pool2d"));
  CHECK(model_error(image_task(more)).starts_with("task: model.layers[1]: layer 1 (depthwise"));
  more[0] = make_layer("avg_pool2d", {{"size", 6}});
  CHECK(
      model_error(image_task(more)) ==
      "task: model.layers[4]: with 4.bias [50331648] the model has 102261120 weights, expected at "
      "most 67108864");
}

namespace {

// A layer with a name and named inputs.
task::Layer named(task::Layer layer, std::string name, std::vector<std::string> inputs = {}) {
  layer.name = std::move(name);
  layer.inputs = std::move(inputs);
  return layer;
}

tensor::Tensor outputs_of(const model::Model& model, const tensor::Tensor& x) {
  nn::Context context;
  return model.forward(context, model.judged(), autograd::Variable(x)).value();
}

}  // namespace

TEST_CASE("layers take the results that they name") {
  // y = dense(relu(x) + x + relu(x)), so 3·x for positive x.
  const model::Model model(table_task({named(make_layer("relu"), "a"),
                                       named(make_layer("add"), "sum", {"a", "input", "a"}),
                                       make_layer("dense", {{"units", 1}})}));
  const model::Model plain(table_task({make_layer("dense", {{"units", 1}})}));
  REQUIRE(model.layout_text() == "2.weight [1, 4] 0\n2.bias [1] 4\n");
  model::Model tripled(table_task({make_layer("dense", {{"units", 1}})}));
  for (std::size_t at = 0; at < 5; ++at) tripled.weights()[at] = model.weights()[at];
  for (real& weight : tripled.weights().first(4)) weight *= 3;
  const tensor::Tensor x = tensor::Tensor::full({2, 4}, real(0.25));
  CHECK(std::abs(outputs_of(model, x).data()[1] - outputs_of(tripled, x).data()[1]) < real(1e-6));
  // A layer without an input takes the result before it, also where that has a name.
  CHECK(model_error(image_task({named(make_layer("max_pool2d", {{"size", 2}}), "p"),
                                named(make_layer("add"), "q", {"p", "input"})})) ==
        "task: model.layers[1]: layer q (add): its inputs [4, 3, 3] and [8, 6, 3] differ");
}

TEST_CASE("named layers name their weights") {
  const model::Model model(table_task({named(make_layer("dense", {{"units", 1}}), "head")}));
  CHECK(model.layout_text() == "head.weight [1, 4] 0\nhead.bias [1] 4\n");
}

TEST_CASE("frozen weights stand behind the others and get no gradient") {
  task::Layer base = make_layer("dense", {{"units", 3}});
  base.frozen = true;
  model::Model model(table_task({base, make_layer("relu"), make_layer("dense", {{"units", 1}})}));
  CHECK(model.layout_text() ==
        "0.weight [3, 4] 4\n0.bias [3] 16\n2.weight [1, 3] 0\n2.bias [1] 3\n");
  CHECK(model.trained().size() == 4);
  CHECK(model.gradients().size() == 4);
  CHECK(model.layout().exchanged_size() == 4);
  CHECK(model.weights().size() == 19);
  nn::Context context;
  const auto outputs = model.forward(context, model.trainable(),
                                     autograd::Variable(tensor::Tensor::full({2, 4}, 1)));
  context.tape.backward(outputs, tensor::Tensor::full({2, 1}, 1));
  CHECK(model.gradients()[3] == 2);

  // First weights are those of the layer that is not frozen.
  const model::Model free(table_task({make_layer("dense", {{"units", 3}}), make_layer("relu"),
                                      make_layer("dense", {{"units", 1}})}));
  CHECK(std::ranges::equal(free.weights().first(12), model.weights().subspan(4, 12)));
}

TEST_CASE("a weight that is shared is one weight, with the gradients of all its uses") {
  task::Layer square = named(make_layer("dense", {{"units", 4}, {"bias", 0}}), "first");
  task::Layer again = make_layer("dense", {{"units", 4}, {"bias", 0}});
  again.weights_of = "first";
  const auto layers = std::vector{square, again, make_layer("dense", {{"units", 1}})};
  model::Model model(table_task(layers));
  CHECK(model.layout_text() == "first.weight [4, 4] 0\n2.weight [1, 4] 16\n2.bias [1] 20\n");
  // The same as two weights of equal numbers, whose gradients are added.
  model::Model apart(
      table_task({square, make_layer("dense", {{"units", 4}, {"bias", 0}}), layers[2]}));
  for (std::size_t at = 0; at < 16; ++at) {
    apart.weights()[at] = apart.weights()[16 + at] = model.weights()[at];
  }
  for (std::size_t at = 16; at < 21; ++at) apart.weights()[16 + at] = model.weights()[at];
  const auto gradients = [](model::Model& one) {
    nn::Context context;
    const auto x = autograd::Variable(tensor::Tensor::full({3, 4}, real(0.5)));
    const auto outputs = one.forward(context, one.trainable(), x);
    context.tape.backward(outputs, tensor::Tensor::full({3, 1}, 1));
  };
  gradients(model);
  gradients(apart);
  for (std::size_t at = 0; at < 16; ++at) {
    const real sum = apart.gradients()[at] + apart.gradients()[16 + at];
    CHECK(std::abs(model.gradients()[at] - sum) < real(1e-5));
  }
  task::Layer wider = make_layer("dense", {{"units", 5}});
  wider.weights_of = "first";
  CHECK(model_error(table_task({square, wider})) ==
        "task: model.layers[1]: layer 1 (dense): the weight that it shares is [4, 4], expected "
        "[5, 4]");
}

TEST_CASE("the largest of each window is taken before relu, with the same results and gradients") {
  // Named and used twice, relu stays where it is: the sum of both ways is twice the one.
  const auto net = [](bool apart) {
    std::vector<task::Layer> layers{make_layer("conv2d", {{"filters", 3}, {"kernel", 3}}),
                                    named(make_layer("relu"), "a"),
                                    make_layer("max_pool2d", {{"size", 2}})};
    if (apart) layers[2].name = "p";
    if (apart) layers.push_back(named(make_layer("max_pool2d", {{"size", 2}}), "q", {"a"}));
    if (apart) layers.push_back(named(make_layer("add"), "s", {"p", "q"}));
    layers.push_back(make_layer("flatten"));
    task::Layer head = make_layer("dense", {{"units", 3}});
    head.name = "head";
    layers.push_back(head);
    return image_task(layers);
  };
  model::Model swapped(net(false));
  model::Model plain(net(true));
  CHECK(swapped.layer_names()[1] == "a max_pool2d");
  CHECK(plain.layer_names()[1] == "a relu");
  std::ranges::copy(swapped.weights(), plain.weights().begin());
  // Doubled by the sum: half the weights behind it.
  for (real& weight : plain.weights().subspan(84, 54)) weight /= 2;
  Random random(5, 0);
  tensor::Tensor x({4, 8, 6, 3});
  for (real& value : x.span()) value = random.uniform(-1, 1);
  const tensor::Tensor a = outputs_of(swapped, x);
  const tensor::Tensor b = outputs_of(plain, x);
  const auto close = [](real left, real right) { return std::abs(left - right) < real(1e-5); };
  CHECK(std::ranges::equal(a.span(), b.span(), close));
  for (model::Model* one : {&swapped, &plain}) {
    nn::Context context;
    const auto outputs = one->forward(context, one->trainable(), autograd::Variable(x));
    context.tape.backward(outputs, tensor::Tensor::full(outputs.shape(), 1));
  }
  CHECK(std::ranges::equal(swapped.gradients().first(84), plain.gradients().first(84), close));
}
