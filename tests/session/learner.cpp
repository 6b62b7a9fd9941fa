#include "session/learner.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "base/random.h"
#include "support/cells.h"
#include "support/errors.h"
#include "support/files.h"
#include "task/training_kinds.h"
#include "tensor/pool.h"

namespace {

using namespace deai;
using session::EvaluationReport;
using session::Learner;
using session::Part;
using support::error_of;
using support::read_text;

task::Task boats() { return task::parse(read_text("tests/task/table.json")); }

// Long boats with sails have left, and nothing else.
Bytes boats_table(std::uint32_t rows) {
  Random random(5, 0);
  std::string csv = "length,sail,left\n";
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::uint32_t length = 6 + random.below(10);
    const std::uint32_t sail = random.below(3);
    csv += std::to_string(length) + ',' + std::array{"none", "one", "two"}[sail] + ',' +
           (length > 10 && sail > 0 ? "yes" : "no") + '\n';
  }
  return support::cells_of(csv);
}

EvaluationReport evaluate(Learner& learner, Part part) {
  learner.begin_evaluation(part);
  for (;;) {
    const EvaluationReport report = learner.evaluation_step();
    if (report.finished) return report;
  }
}

std::vector<float> weights_of(const Learner& learner) {
  std::vector<float> weights(learner.weight_count());
  learner.get_weights(weights);
  return weights;
}

}  // namespace

TEST_CASE("a learner learns") {
  Learner learner(boats(), 1);
  CHECK(learner.add_table(Part::kTraining, "boats.csv", boats_table(200)) == 200);
  CHECK(learner.add_table(Part::kHeldOut, "more.csv", boats_table(50)) == 50);
  const double before = evaluate(learner, Part::kHeldOut).loss;
  session::StepReport report;
  for (int step = 0; step < 2000; ++step) report = learner.step();
  CHECK(report.count == 4);
  CHECK(std::abs(report.epoch - 40) < 1e-6);
  const EvaluationReport after = evaluate(learner, Part::kHeldOut);
  CHECK(after.count == 50);
  CHECK(after.loss < before / 2);
  CHECK(after.accuracy > 0.9);
}

TEST_CASE("the same seed learns the same, another one something else") {
  std::vector<std::vector<float>> found;
  for (const std::uint64_t seed : {1u, 1u, 2u}) {
    Learner learner(boats(), seed);
    learner.add_table(Part::kTraining, "boats.csv", boats_table(30));
    for (int step = 0; step < 20; ++step) learner.step();
    found.push_back(weights_of(learner));
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] != found[2]);
}

TEST_CASE("first weights do not depend on the learner's seed") {
  CHECK(weights_of(Learner(boats(), 1)) == weights_of(Learner(boats(), 2)));
}

TEST_CASE("a learner without samples says so") {
  Learner learner(boats(), 1);
  CHECK(error_of([&] { learner.step(); }) == "state: there are no training samples to learn from");
  CHECK(error_of([&] { learner.begin_evaluation(Part::kHeldOut); }) ==
        "state: there are no held-out samples to judge by");
  CHECK(error_of([&] { learner.evaluation_step(); }) ==
        "state: evaluation_step: no evaluation has begun");
  learner.add_table(Part::kTraining, "boats.csv", boats_table(3));
  CHECK(learner.step().count == 3);  // fewer than a batch
  learner.begin_evaluation(Part::kTraining);
  learner.clear_samples(Part::kTraining);
  CHECK(learner.sample_count(Part::kTraining) == 0);
  CHECK_FALSE(error_of([&] { learner.evaluation_step(); }).empty());
  CHECK_FALSE(error_of([&] { learner.step(); }).empty());
}

TEST_CASE("an evaluation judges the model of its beginning") {
  Learner learner(boats(), 1);
  learner.add_table(Part::kTraining, "boats.csv", boats_table(60));
  const EvaluationReport alone = evaluate(learner, Part::kTraining);
  learner.begin_evaluation(Part::kTraining);
  EvaluationReport mixed;
  do {
    learner.step();
    mixed = learner.evaluation_step();
  } while (!mixed.finished);
  CHECK(mixed.loss == alone.loss);
  CHECK(mixed.accuracy == alone.accuracy);
  CHECK(evaluate(learner, Part::kTraining).loss != alone.loss);
}

TEST_CASE("evaluation and prediction do not change what is learnt") {
  Learner disturbed(boats(), 1);
  Learner quiet(boats(), 1);
  for (Learner* learner : {&disturbed, &quiet}) {
    learner->add_table(Part::kTraining, "boats.csv", boats_table(30));
  }
  for (int step = 0; step < 10; ++step) {
    disturbed.step();
    quiet.step();
    evaluate(disturbed, Part::kTraining);
    disturbed.predict_table("one.csv", support::cells_of("length,sail\n7,one"));
  }
  CHECK(weights_of(disturbed) == weights_of(quiet));
}

TEST_CASE("predictions are probabilities and agree with the evaluation") {
  Learner learner(boats(), 1);
  const Bytes table = boats_table(50);
  learner.add_table(Part::kHeldOut, "boats.csv", table);
  const double loss = evaluate(learner, Part::kHeldOut).loss;
  CHECK(learner.output_width() == 1);
  const std::vector<float> found = learner.predict_table("boats.csv", table);
  REQUIRE(found.size() == 50);

  // Sample by sample: the mean of -log(probability of what was right) is the loss.
  std::vector<float> labels;
  ByteReader reader(table);
  reader.bytes(8);
  for (std::size_t cell = 0; cell < 51 * 3; ++cell) {
    const std::string_view word = reader.sized_text(100);
    if (cell >= 3 && cell % 3 == 2) labels.push_back(word == "yes" ? 1.0f : 0.0f);
  }
  double sum = 0;
  for (std::size_t at = 0; at < found.size(); ++at) {
    const double p = static_cast<double>(found[at]);
    sum -= std::log(labels[at] > 0 ? p : 1 - p);
  }
  CHECK(std::abs(sum / 50 - loss) < 1e-5);
}

TEST_CASE("images are learnt from and predicted") {
  const task::Task task = task::parse(read_text("tests/task/image.json"));
  Learner learner(task, 3);
  // The class is the channel that is bright.
  constexpr std::size_t kPixels = 8 * 6;
  Bytes pixels;
  std::vector<std::uint32_t> labels;
  Random random(9, 0);
  for (std::uint32_t sample = 0; sample < 60; ++sample) {
    labels.push_back(sample % 3);
    for (std::size_t at = 0; at < kPixels * 3; ++at) {
      const std::uint32_t bright = at % 3 == sample % 3 ? 100 : 0;
      pixels.push_back(static_cast<std::uint8_t>(bright + random.below(120)));
    }
  }
  learner.add_images(Part::kTraining, "images", pixels, labels);
  for (int step = 0; step < 60; ++step) learner.step();
  CHECK(evaluate(learner, Part::kTraining).accuracy > 0.95);
  const std::vector<float> found =
      learner.predict_images("one", ByteView(pixels).first(kPixels * 3));
  REQUIRE(found.size() == 3);
  CHECK(found[0] > 0.8f);
  CHECK(std::abs(found[0] + found[1] + found[2] - 1) < 1e-5f);
  CHECK(learner.predict_images("none", {}).empty());
}

TEST_CASE("numbers are learnt from ready inputs") {
  task::Task task = boats();
  task.data.classes.clear();
  task.loss = task::Loss::kMeanSquaredError;
  task.model.layers = {task::make_layer("dense", {{"units", 1}})};
  task.training.optimizer = task::make_choice(task::optimizer_kinds(), "sgd",
                                              {{"learning_rate", 0.05}, {"momentum", 0.9}});
  Learner learner(task, 1);
  Random random(2, 0);
  std::vector<float> inputs;
  std::vector<float> labels;
  for (int sample = 0; sample < 100; ++sample) {
    for (int at = 0; at < 4; ++at) inputs.push_back(static_cast<float>(random.uniform(-1, 1)));
    const float* const x = inputs.data() + inputs.size() - 4;
    labels.push_back(2 * x[0] - x[1] + 0.5f);
  }
  learner.add_dense(Part::kTraining, "numbers", inputs, labels);
  for (int step = 0; step < 500; ++step) learner.step();
  const EvaluationReport report = evaluate(learner, Part::kTraining);
  CHECK(report.loss < 1e-4);
  CHECK(std::isnan(report.accuracy));
  CHECK(std::abs(learner.predict_dense(std::vector<float>{1, 1, 0, 0})[0] - 1.5f) < 0.05f);
}

TEST_CASE("a step allocates nothing once the first one is made") {
  Learner learner(boats(), 1);
  learner.add_table(Part::kTraining, "boats.csv", boats_table(30));
  learner.step();
  const auto before = tensor::Pool::mine().use().allocations;
  for (int step = 0; step < 50; ++step) learner.step();
  CHECK(tensor::Pool::mine().use().allocations == before);
}

TEST_CASE("weights go out and come in") {
  Learner a(boats(), 1);
  Learner b(boats(), 2);
  a.add_table(Part::kTraining, "boats.csv", boats_table(30));
  for (int step = 0; step < 5; ++step) a.step();
  REQUIRE(weights_of(a) != weights_of(b));
  b.set_weights(weights_of(a));
  CHECK(weights_of(a) == weights_of(b));
  std::uint64_t sum = 0;
  for (const std::uint32_t size : a.tensor_sizes()) sum += size;
  CHECK(sum == a.weight_count());
  CHECK(error_of([&] { b.set_weights(std::vector<float>(3)); }) ==
        "argument: set_weights: expected 49 weights, found 3");
  std::vector<float> short_by_one(48);
  CHECK(error_of([&] { a.get_weights(short_by_one); }) ==
        "argument: get_weights: the model has 49 weights, there is room for 48");
}

TEST_CASE("a model file brings the model along, and only into its own task") {
  Learner a(boats(), 1);
  a.add_table(Part::kTraining, "boats.csv", boats_table(30));
  a.step();
  const Bytes file = a.export_model(12);
  Learner b(boats(), 2);
  b.import_model(file);
  CHECK(weights_of(a) == weights_of(b));

  task::Task other = boats();
  other.id = "ships";
  Learner c(other, 1);
  const std::vector<float> before = weights_of(c);
  CHECK(error_of([&] { c.import_model(file); }) ==
        "file: model file: is of the task \"boats\", expected \"ships\"");
  Bytes damaged = file;
  damaged[damaged.size() - 1] = 0x7F;  // 0x7F8….: not a number
  damaged[damaged.size() - 2] = 0xFF;
  CHECK(error_of([&] { b.import_model(damaged); }).starts_with("file: model file, tensor"));
  CHECK(weights_of(c) == before);
  CHECK(weights_of(b) == weights_of(a));
}

TEST_CASE("a bad table adds nothing") {
  Learner learner(boats(), 1);
  CHECK(error_of([&] {
          learner.add_table(Part::kTraining, "boats.csv",
                            support::cells_of("length,sail,left\n7,one,yes\n7,one,maybe"));
        }) ==
        "data: boats.csv, row 3, column \"left\": expected one of \"no\", \"yes\", found "
        "\"maybe\"");
  CHECK(learner.sample_count(Part::kTraining) == 0);
  CHECK(learner.memory_bytes() > 0);
}
