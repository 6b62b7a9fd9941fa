#include "session/trainable.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "support/errors.h"
#include "support/files.h"
#include "task/training_kinds.h"
#include "tensor/pool.h"

namespace {

using namespace deai;
using session::Trainable;
using support::error_of;
using support::read_text;
using task::make_layer;
using tensor::Pool;
using tensor::Tensor;

task::Task boats() { return task::parse(read_text("tests/task/table.json")); }   // 4 inputs, 0 or 1
task::Task shapes() { return task::parse(read_text("tests/task/image.json")); }  // 8 x 6 x 3, of 3

task::Task numbers() {
  task::Task task = boats();
  task.data.classes.clear();
  task.loss = task::Loss::kMeanSquaredError;
  task.model.layers = {make_layer("dense", {{"units", 1}})};
  task.training.optimizer =
      task::make_choice(task::optimizer_kinds(), "sgd", {{"learning_rate", 0.05}});
  return task;
}

task::Task lenet() { return task::parse(read_text("tasks/mnist/task.json")); }

task::Task mlp(task::Choice optimizer) {
  task::Task task = lenet();
  task.model.layers = {make_layer("flatten"), make_layer("dense", {{"units", 256}}),
                       make_layer("relu"),    make_layer("dense", {{"units", 128}}),
                       make_layer("relu"),    make_layer("dense", {{"units", 10}})};
  task.training.optimizer = optimizer;
  return task;
}

struct Samples {
  Tensor x;
  std::vector<std::int32_t> classes;
  session::Trainable::Labels labels() const { return {classes, {}}; }
};

Samples samples_of(const Trainable& trainable, Index count, std::uint32_t classes) {
  Random random(4, static_cast<std::uint64_t>(count));
  const auto size = static_cast<std::size_t>(trainable.model().input_shape().size());
  Samples samples{Tensor(trainable.batch_shape(size * static_cast<std::size_t>(count))), {}};
  for (real& value : samples.x.span()) value = random.uniform(-1, 1);
  for (Index at = 0; at < count; ++at) {
    samples.classes.push_back(static_cast<std::int32_t>(random.below(classes)));
  }
  return samples;
}

std::vector<real> copy(std::span<const real> values) { return {values.begin(), values.end()}; }

real largest_difference(std::span<const real> a, std::span<const real> b) {
  REQUIRE(a.size() == b.size());
  real most = 0;
  for (std::size_t at = 0; at < a.size(); ++at) most = std::max(most, std::abs(a[at] - b[at]));
  return most;
}

constexpr real kNaN = std::numeric_limits<real>::quiet_NaN();

}  // namespace

TEST_CASE("a batch's gradient, applied, is a batch trained on") {
  Trainable whole(boats(), 3);
  Trainable parts(boats(), 3);
  const Samples samples = samples_of(whole, 10, 2);
  for (int step = 0; step < 5; ++step) {
    const session::BatchReport trained = whole.train_batch(samples.x, samples.labels());
    const std::vector<real> before = copy(parts.model().weights());
    const session::BatchReport judged = parts.loss_and_gradient(samples.x, samples.labels());
    CHECK(copy(parts.model().weights()) == before);
    CHECK(judged.loss == trained.loss);
    CHECK(judged.correct == trained.correct);
    parts.apply_gradient(copy(parts.gradient()));
    CHECK(copy(parts.model().weights()) == copy(whole.model().weights()));
  }
}

TEST_CASE("backward with the loss's own slope gives the loss's gradient") {
  Trainable by_loss(shapes(), 1);
  Trainable by_hand(shapes(), 1);
  const Samples samples = samples_of(by_loss, 7, 3);
  const session::BatchReport report = by_loss.loss_and_gradient(samples.x, samples.labels());

  // Softmax cross-entropy: d outputs = (softmax of each row − 1 at the label) / N.
  const Tensor outputs = by_hand.forward(samples.x, true);
  Tensor slope = outputs.clone();
  double loss = 0;
  for (std::size_t row = 0; row < 7; ++row) {
    real* const z = slope.data() + 3 * row;
    const auto label = static_cast<std::size_t>(samples.classes[row]);
    const real sum = std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2]);
    loss -= static_cast<double>(z[label] - std::log(sum)) / 7;
    for (std::size_t at = 0; at < 3; ++at) {
      z[at] = (std::exp(z[at]) / sum - (at == label ? real(1) : real(0))) / 7;
    }
  }
  by_hand.backward(slope);
  CHECK(std::abs(report.loss - loss) < 1e-5);
  CHECK(largest_difference(by_loss.gradient(), by_hand.gradient()) < real(1e-6));
  CHECK(largest_difference(by_loss.gradient(), std::vector<real>(187)) > real(1e-2));
}

TEST_CASE("outputs, predictions and losses agree, whatever the batch") {
  Trainable trainable(shapes(), 1);
  const Samples samples = samples_of(trainable, 11, 3);  // the task's batches are of 4
  const Tensor outputs = trainable.forward(samples.x, false);
  REQUIRE(outputs.shape() == Shape{11, 3});
  const Tensor training = trainable.forward(samples.x, true);
  CHECK(largest_difference(outputs.span(), training.span()) < real(1e-6));
  const Tensor readable = trainable.predict(samples.x);
  double loss = 0;
  for (Index row = 0; row < 11; ++row) {
    const real* const p = readable.data() + 3 * row;
    CHECK(std::abs(p[0] + p[1] + p[2] - 1) < real(1e-5));
    loss -= std::log(static_cast<double>(p[samples.classes[static_cast<std::size_t>(row)]])) / 11;
  }
  CHECK(std::abs(trainable.loss_and_gradient(samples.x, samples.labels()).loss - loss) < 1e-5);
  const Tensor weights = trainable.model().trainable().weights.clone();
  trainable.train_batch(samples.x, samples.labels());
  CHECK(std::abs(trainable.judge(weights, samples.x, samples.labels()).loss - loss) < 1e-5);
}

TEST_CASE("numbers are learnt") {
  Trainable trainable(numbers(), 1);
  Random random(2, 0);
  Tensor x({100, 4});
  std::vector<real> y;
  for (real& value : x.span()) value = random.uniform(-1, 1);
  for (Index at = 0; at < 100; ++at) {
    y.push_back(2 * x.data()[4 * at] - x.data()[4 * at + 1] + real(0.5));
  }
  double loss = 1;
  for (int step = 0; step < 800; ++step) loss = trainable.train_batch(x, {{}, y}).loss;
  CHECK(loss < 1e-4);
}

TEST_CASE("the same seed gives the same bits, another one another dropout") {
  std::vector<std::vector<real>> found;
  for (const std::uint64_t seed : {1u, 1u, 2u}) {
    Trainable trainable(boats(), seed);
    const Samples samples = samples_of(trainable, 8, 2);
    for (int step = 0; step < 10; ++step) {
      trainable.train_batch(samples.x, samples.labels());
      trainable.predict(samples.x);  // changes nothing
    }
    found.push_back(copy(trainable.model().weights()));
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] != found[2]);
}

TEST_CASE("what does not fit is named, and changes nothing") {
  Trainable trainable(shapes(), 1);
  const std::vector<real> weights = copy(trainable.model().weights());
  Samples samples = samples_of(trainable, 2, 3);
  CHECK(error_of([&] { trainable.batch_shape(145); }) ==
        "argument: x has 145 numbers, expected 144 [8, 6, 3] for each sample, and at least one");
  CHECK_FALSE(error_of([&] { trainable.batch_shape(0); }).empty());
  CHECK(error_of([&] { trainable.predict(Tensor::zeros({2, 144})); }) ==
        "argument: x is [2, 144], expected a batch of [8, 6, 3]");
  CHECK(error_of([&] { trainable.predict(Tensor::zeros({0, 8, 6, 3})); }) ==
        "argument: x is [0, 8, 6, 3], expected a batch of [8, 6, 3]");
  samples.classes = {0, 3};
  CHECK(error_of([&] { trainable.train_batch(samples.x, samples.labels()); }) ==
        "argument: y: class 3 of sample 1, expected 0 to 2");
  samples.classes = {0, -1};
  CHECK(error_of([&] { trainable.loss_and_gradient(samples.x, samples.labels()); }) ==
        "argument: y: class -1 of sample 1, expected 0 to 2");
  samples.classes = {0};
  CHECK(error_of([&] { trainable.train_batch(samples.x, samples.labels()); }) ==
        "argument: y has 1 classes, expected 2: one for each sample of x");
  samples.classes = {0, 1};
  samples.x.data()[150] = kNaN;
  CHECK(error_of([&] { trainable.train_batch(samples.x, samples.labels()); }) ==
        "argument: x: number 150 is nan, expected finite numbers");
  samples.x.data()[150] = -std::numeric_limits<real>::infinity();
  CHECK(error_of([&] { trainable.forward(samples.x, true); }) ==
        "argument: x: number 150 is -inf, expected finite numbers");
  std::vector<real> gradient(187);
  gradient[186] = kNaN;
  CHECK(error_of([&] { trainable.apply_gradient(gradient); }) ==
        "argument: the gradient: number 186 is nan, expected finite numbers");
  CHECK(error_of([&] { trainable.apply_gradient(std::span(gradient).first(5)); }) ==
        "argument: the gradient has 5 numbers, expected 187: one for each trained weight");
  CHECK(copy(trainable.model().weights()) == weights);

  Trainable regression(numbers(), 1);
  const std::vector<real> wrong{1, kNaN};
  CHECK(error_of([&] { regression.train_batch(Tensor::zeros({2, 4}), {{}, wrong}); }) ==
        "argument: y: number 1 is nan, expected finite numbers");
}

TEST_CASE("a batch that memory cannot hold is refused before it is tried") {
  task::Task task = boats();
  task.model.layers = {make_layer("dense", {{"units", 65536}}),
                       make_layer("dense", {{"units", 1}})};
  Trainable trainable(task, 1);
  const Samples samples = samples_of(trainable, 2048, 2);
  CHECK(error_of([&] { trainable.train_batch(samples.x, samples.labels()); }) ==
        "argument: x has 2048 samples, expected at most 2047: the results of all their layers are "
        "kept");
  CHECK(trainable.predict(samples.x).size() == 2048);  // goes through in small batches
}

TEST_CASE("backward needs a forward pass that still holds") {
  Trainable trainable(shapes(), 1);
  const Samples samples = samples_of(trainable, 2, 3);
  const Tensor slope = Tensor::full({2, 3}, 1);
  const auto refused = [&] {
    return error_of([&] { trainable.backward(slope); }).starts_with("state: backward: expected");
  };
  CHECK(refused());
  trainable.forward(samples.x, false);
  CHECK(refused());
  trainable.forward(samples.x, true);
  CHECK(error_of([&] { trainable.backward(Tensor::zeros({3, 3})); }) ==
        "argument: backward: the gradient of the outputs is [3, 3], expected [2, 3]");
  Tensor wrong = slope.clone();
  wrong.data()[0] = kNaN;
  CHECK(error_of([&] { trainable.backward(wrong); }).starts_with("argument: backward: the grad"));
  trainable.predict(samples.x);  // does not count
  trainable.backward(slope);
  CHECK(refused());  // once
  trainable.forward(samples.x, true);
  trainable.step();
  CHECK(refused());
  trainable.forward(samples.x, true);
  trainable.set_weights(std::vector<float>(187));
  CHECK(refused());
}

TEST_CASE("no call asks the system for memory once it was made") {
  Trainable trainable(lenet(), 1);
  const Samples samples = samples_of(trainable, 64, 10);
  const auto everything = [&] {
    trainable.train_batch(samples.x, samples.labels());
    trainable.backward(trainable.forward(samples.x, true));
    trainable.step();
    trainable.predict(samples.x);
  };
  everything();
  const std::size_t before = Pool::mine().use().allocations;
  for (int step = 0; step < 3; ++step) everything();
  CHECK(Pool::mine().use().allocations == before);
  CHECK(trainable.memory().allocations == before);
}

// Weights, gradients and the optimizer's states, and what a step must keep: the inputs and the
// results of all layers (flatten has none of its own), 10 % above.
TEST_CASE("the peak is parameters, states and activations") {
  struct Case {
    task::Task task;
    std::size_t states;
    std::size_t activations;  // of one sample
  };
  const std::size_t pictures = 28 * 28;
  const std::size_t of_lenet =
      pictures + pictures * 8 * 2 + 14 * 14 * 8 + 14 * 14 * 16 * 2 + 7 * 7 * 16 + 10;
  const std::size_t of_mlp = pictures + 2 * 256 + 2 * 128 + 10;
  const Case cases[] = {
      {lenet(), 1, of_lenet},
      {mlp(task::make_choice(task::optimizer_kinds(), "sgd", {{"learning_rate", 0.1}})), 0, of_mlp},
      {mlp(task::make_choice(task::optimizer_kinds(), "sgd",
                             {{"learning_rate", 0.1}, {"momentum", 0.9}})),
       1, of_mlp},
      {mlp(task::make_choice(task::optimizer_kinds(), "adamw", {{"learning_rate", 0.001}})), 2,
       of_mlp}};
  for (const Case& one : cases) {
    Trainable trainable(one.task, 1);
    const Samples samples = samples_of(trainable, 64, 10);
    for (int step = 0; step < 2; ++step) trainable.train_batch(samples.x, samples.labels());
    const session::Memory memory = trainable.memory();
    const std::size_t weights = trainable.model().weights().size();
    const double bound =
        1.1 * sizeof(real) * static_cast<double>(weights * (2 + one.states) + 64 * one.activations);
    INFO(weights << " weights, " << one.states << " states, " << one.activations);
    CHECK(static_cast<double>(memory.peak_bytes) <= bound);
    CHECK(memory.parameter_bytes == weights * sizeof(real));
    CHECK(memory.held_bytes >= memory.peak_bytes);
  }
}

TEST_CASE("a profile has a row per layer, whose sum is the whole, and trains as without it") {
  static double time = 0;
  Trainable trainable(shapes(), 1), other(shapes(), 1);
  const Samples samples = samples_of(trainable, 6, 3);
  const double begin = time;
  const auto rows = trainable.profile(samples.x, samples.labels(), 2, [] { return time += 1; });
  std::string names;
  double sum = 0;
  for (const auto& row : rows) {
    names += row.name + ", ";
    sum += row.forward_ms + row.backward_ms;
    if (row.name == "other") continue;
    CHECK(row.calls == 2);
    CHECK(row.forward_ms >= 2);
    if (row.name != "optimizer") CHECK(row.backward_ms >= 2);
  }
  CHECK(names == "0 conv2d, 1 max_pool2d, 2 flatten, 3 dense, loss, optimizer, other, ");
  CHECK(sum == time - begin - 1);  // the first look is where the whole begins

  for (int step = 0; step < 2; ++step) other.train_batch(samples.x, samples.labels());
  CHECK(std::ranges::equal(trainable.model().weights(), other.model().weights()));
  const double end = time;
  trainable.train_batch(samples.x, samples.labels());
  CHECK(time == end);
}

TEST_CASE("a proximal term pulls a step back to where the round began") {
  task::Task task = numbers();
  task.exchange.proximal = 0.5;
  Trainable held(task, 3), free(numbers(), 3);
  Samples samples{Tensor(held.batch_shape(4 * 6)), {}};
  Random random(8, 1);
  for (real& value : samples.x.span()) value = random.uniform(-1, 1);
  const std::vector<real> targets = {1, 2, 3, 4, 5, 6};
  std::vector<float> anchor;
  for (const real weight : held.model().weights()) {
    anchor.push_back(static_cast<float>(weight) - 2);
  }
  held.train_batch(samples.x, {{}, targets}, anchor);
  free.train_batch(samples.x, {{}, targets}, anchor);  // its task has no such term
  const std::vector<real> far = copy(free.model().weights()), near = copy(held.model().weights());
  // rate · μ · (x − anchor) = 0.05 · 0.5 · 2
  for (std::size_t i = 0; i < far.size(); ++i)
    CHECK(std::abs(far[i] - near[i] - real(0.05)) < real(1e-5));
  // Alone, without a round, there is nothing to be held at.
  Trainable alone(task, 3);
  alone.train_batch(samples.x, {{}, targets});
  CHECK(copy(alone.model().weights()) == far);
}
