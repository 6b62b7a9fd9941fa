#include <catch2/catch_test_macros.hpp>
#include <utility>
#include <vector>

#include "base/random.h"
#include "session/learner.h"
#include "session/trainable.h"
#include "support/files.h"

// Pictures that are altered while training, through a learner.
namespace {

using namespace deai;
using session::Learner;
using session::Part;

task::Task shapes(const task::Augment& augment) {
  task::Task task = task::parse(support::read_text("tests/task/image.json"));
  std::get<task::ImageData>(task.data.input).augment = augment;
  return task;
}

const task::Augment kAll{true, 2, 10, 0.2, 0.2, 0.2};

// Ten pictures, learnt from and held out: in steps of four some belong to the next epoch.
Learner learner_of(const task::Task& task) {
  Learner learner(task, 5);
  Random random(1, 0);
  Bytes pixels(10 * 8 * 6 * 3);
  for (std::uint8_t& value : pixels) value = static_cast<std::uint8_t>(random.below(256));
  const std::vector<std::uint32_t> labels{0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
  for (const Part part : {Part::kTraining, Part::kHeldOut}) {
    learner.add_images(part, "pictures", pixels, labels);
  }
  return learner;
}

std::vector<float> weights_after(Learner learner, int steps) {
  for (int step = 0; step < steps; ++step) learner.step();
  std::vector<float> weights(learner.weight_count());
  learner.get_weights(weights);
  return weights;
}

double held_out_loss(Learner learner) {
  learner.begin_evaluation(Part::kHeldOut);
  for (;;) {
    const session::EvaluationReport report = learner.evaluation_step();
    if (report.finished) return report.loss;
  }
}

}  // namespace

TEST_CASE("what is learnt from is altered, equally for equal seeds; what is judged is not") {
  const std::vector<float> altered = weights_after(learner_of(shapes(kAll)), 12);
  CHECK(weights_after(learner_of(shapes(kAll)), 12) == altered);
  CHECK(weights_after(learner_of(shapes({})), 12) != altered);
  CHECK(held_out_loss(learner_of(shapes(kAll))) == held_out_loss(learner_of(shapes({}))));
}

TEST_CASE("whoever works on a part of a batch gets the pictures as they were altered") {
  Learner whole = learner_of(shapes(kAll));
  Learner shared = learner_of(shapes(kAll));
  for (int step = 0; step < 7; ++step) {
    const auto count = whole.begin_step();
    REQUIRE(shared.begin_step() == count);
    const auto all = whole.share(0, count).inputs;
    std::vector<real> joined;
    for (const auto& [first, rows] : {std::pair{0u, 1u}, {1u, count - 1}}) {
      const auto inputs = shared.share(first, rows).inputs;
      joined.insert(joined.end(), inputs.begin(), inputs.end());
    }
    REQUIRE(joined == std::vector<real>(all.begin(), all.end()));
  }
}

TEST_CASE("a checkpoint goes on with the same pictures") {
  if (sizeof(real) != sizeof(float)) return;  // files have floats
  Learner first = learner_of(shapes(kAll));
  for (int step = 0; step < 6; ++step) first.step();
  const Bytes checkpoint = first.save_checkpoint();
  Learner second = learner_of(shapes(kAll));
  second.load_checkpoint(checkpoint);
  CHECK(weights_after(std::move(first), 6) == weights_after(std::move(second), 6));
}
