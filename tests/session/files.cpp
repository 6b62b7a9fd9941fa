#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "secure/hash.h"
#include "session/coordinator.h"
#include "session/learner.h"
#include "session/participant.h"
#include "session/trainable.h"
#include "support/errors.h"
#include "support/files.h"
#include "task/training_kinds.h"

namespace {

using namespace deai;
using session::Learner;
using session::Part;
using support::error_of;
using task::make_layer;

// Dropout, convolutions and an optimizer with moments: everything that a checkpoint must keep.
task::Task shapes() {
  task::Task task = task::parse(support::read_text("tests/task/image.json"));
  task.model.layers = {make_layer("conv2d", {{"filters", 4}, {"kernel", 3}}), make_layer("relu"),
                       make_layer("flatten"), make_layer("dropout", {{"rate", 0.4}}),
                       make_layer("dense", {{"units", 3}})};
  task.training.batch_size = 4;
  task.training.optimizer =
      task::make_choice(task::optimizer_kinds(), "adamw", {{"learning_rate", 0.01}});
  return task;
}

void add_samples(Learner& learner, std::uint32_t count = 10) {
  Bytes pixels;
  std::vector<std::uint32_t> labels;
  Random random(5, 0);
  for (std::uint32_t sample = 0; sample < count; ++sample) {
    labels.push_back(sample % 3);
    for (int at = 0; at < 8 * 6 * 3; ++at) {
      pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
  }
  learner.add_images(Part::kTraining, "shapes", pixels, labels);
}

std::vector<float> weights_of(const Learner& learner) {
  std::vector<float> weights(learner.weight_count());
  learner.get_weights(weights);
  return weights;
}

// The losses of so many steps.
std::vector<double> train(Learner& learner, int steps) {
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) losses.push_back(learner.step().loss);
  return losses;
}

constexpr bool kFloat = sizeof(real) == sizeof(float);  // files have floats

}  // namespace

TEST_CASE("training goes on from a checkpoint with equal bits") {
  if (!kFloat) return;
  Learner whole(shapes(), 3);
  add_samples(whole);
  train(whole, 11);  // in mid epoch
  const Bytes file = whole.save_checkpoint(7);
  const double epoch = whole.step().epoch;
  const std::vector<double> losses = train(whole, 10);

  SECTION("with the samples added before") {
    Learner other(shapes(), 99);
    add_samples(other);
    train(other, 2);
    other.load_checkpoint(file);
    CHECK(other.step().epoch == epoch);
    CHECK(train(other, 10) == losses);
    CHECK(weights_of(other) == weights_of(whole));
    CHECK(other.save_checkpoint(7) == whole.save_checkpoint(7));
  }
  SECTION("with the samples added afterwards") {
    Learner other(shapes(), 99);
    other.load_checkpoint(file);
    CHECK(other.save_checkpoint(7) == file);
    add_samples(other);
    CHECK(other.step().epoch == epoch);
    CHECK(train(other, 10) == losses);
  }
  SECTION("with other samples an epoch begins") {
    Learner other(shapes(), 99);
    add_samples(other, 5);
    other.load_checkpoint(file);
    train(other, 2);
    CHECK(weights_of(other) != weights_of(whole));
  }
}

TEST_CASE("a checkpoint keeps averages, schedules and what was gathered of a step") {
  if (!kFloat) return;
  for (const std::string_view optimizer : {"sgd", "adam", "lion"}) {
    task::Task task = shapes();
    task.training.optimizer =
        task::make_choice(task::optimizer_kinds(), optimizer, {{"learning_rate", 0.01}});
    task.training.schedule = task::make_choice(task::schedule_kinds(), "cosine", {{"steps", 20}});
    task.training.accumulate = 3;
    task.training.ema = 0.9;
    task.training.clip_norm = 0.5;
    Learner whole(task, 3);
    add_samples(whole);
    train(whole, 10);  // in mid step
    Learner other(task, 99);
    add_samples(other);
    other.load_checkpoint(whole.save_checkpoint());
    CHECK(train(other, 10) == train(whole, 10));
    CHECK(other.save_checkpoint() == whole.save_checkpoint());
    CHECK(other.export_model() == whole.export_model());
  }
}

TEST_CASE("a checkpoint is a model file, too") {
  Learner trained(shapes(), 3);
  add_samples(trained);
  train(trained, 3);
  Learner other(shapes(), 4);
  other.import_model(trained.save_checkpoint());
  CHECK(weights_of(other) == weights_of(trained));
}

TEST_CASE("a checkpoint that does not fit is refused and changes nothing") {
  Learner learner(shapes(), 3);
  add_samples(learner);
  train(learner, 3);
  const Bytes before = learner.save_checkpoint();
  const auto refused = [&](const Bytes& file) {
    const std::string error = error_of([&] { learner.load_checkpoint(file); });
    CHECK(learner.save_checkpoint() == before);
    return error;
  };
  CHECK(refused(learner.export_model()) ==
        "file: checkpoint: is a model without the state of a training; load it as a model");
  task::Task faster = shapes();
  faster.training.optimizer =
      task::make_choice(task::optimizer_kinds(), "adamw", {{"learning_rate", 0.02}});
  CHECK(refused(Learner(faster, 3).save_checkpoint()) ==
        "file: checkpoint: is of another task, or of this one with other settings");

  Random random(2, 0);
  for (int trial = 0; trial < 300; ++trial) {
    Bytes bad = before;
    bad[random.below(static_cast<std::uint32_t>(bad.size()))] ^=
        static_cast<std::uint8_t>(1u << random.below(8));
    Learner other(shapes(), 3);
    const std::string error = error_of([&] { other.load_checkpoint(bad); });
    CHECK((error.empty() || error.starts_with("file: ")));
    if (!error.empty()) continue;
    add_samples(other);
    train(other, 1);  // whatever numbers came in, nothing breaks
  }
}

TEST_CASE("a model's features serve another task") {
  Learner trained(shapes(), 3);
  add_samples(trained);
  train(trained, 5);
  task::Task other = shapes();
  other.id = "other";
  other.data.classes = {"a", "b"};
  other.model.layers.back() = make_layer("dense", {{"units", 2}});
  Learner learner(other, 1);
  const Bytes file = trained.export_model();
  CHECK(error_of([&] {
          learner.import_model(file);
        }).starts_with("file: model file: is of the task "));
  const model::ReadReport report = learner.import_model(file, {.strict = false});
  CHECK(report.read == std::vector<std::string>{"0.weight", "0.bias"});
  CHECK(report.kept == std::vector<std::string>{"4.weight", "4.bias"});
  CHECK(report.left.size() == 2);
}

TEST_CASE("a task can name the weights that it begins with") {
  Learner base(shapes(), 3);
  add_samples(base);
  train(base, 5);
  const Bytes file = base.export_model();
  task::Task task = shapes();
  task.id = "later";
  task.model.layers.front().frozen = true;
  task.model.weights = task::BaseWeights{"base.safetensors", secure::hex(secure::hash(file))};

  Learner learner(task, 1);
  add_samples(learner);
  CHECK(error_of([&] { learner.step(); }) ==
        "state: training begins with the weights in base.safetensors, which were not loaded yet");
  CHECK(error_of([&] {
          learner.load_base(base.save_checkpoint());
        }).starts_with("file: base.safetensors: its BLAKE2b is "));
  CHECK(learner.load_base(file).read.size() == 4);
  learner.step();

  task.model.layers.front().name = "eye";
  Learner lacking(task, 1);
  CHECK(error_of([&] { lacking.load_base(file); }) ==
        "file: model file, tensor \"eye.weight\": is missing");
  CHECK(error_of([&] { base.load_base(file); }) ==
        "state: load_base: the task names no weights to begin with");

  const std::array<std::uint8_t, 32> entropy{};
  task.model.layers.front().name.clear();
  session::Participant first({task, "room", 1}, entropy);
  session::Participant second({task, "room", 2}, entropy);
  first.load_base(file, 0);
  second.load_base(file, 0);
  CHECK(first.model_hash() == second.model_hash());

  // A server's room begins with the same, of which the last layer is not frozen.
  const session::Coordinator server({task, "room", 2, file}, entropy);
  CHECK(server.model_hash() == first.model_hash());
  CHECK(error_of([&] { session::Coordinator({task, "room", 2}, entropy); }) ==
        "state: this server does not have base.safetensors, the weights that the task later begins "
        "with: its rooms need participants who meet directly");
  const Bytes other = base.save_checkpoint();
  CHECK(error_of([&] {
          session::Coordinator({task, "room", 2, other}, entropy);
        }).starts_with("file: base.safetensors: its BLAKE2b is "));
}
