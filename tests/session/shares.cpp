#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "base/random.h"
#include "session/learner.h"
#include "session/participant.h"
#include "session/trainable.h"
#include "support/cells.h"
#include "support/errors.h"
#include "support/files.h"

namespace {

using namespace deai;
using session::BatchReport;
using session::Learner;
using session::Part;
using session::Trainable;
using tensor::Tensor;

task::Task titanic() { return task::parse(support::read_text("tasks/titanic/task.json")); }

Bytes passengers() {
  return support::cells_of(support::read_text("tasks/titanic/sample/shard-1.csv"));
}

void add_passengers(Learner& learner) {
  learner.add_table(Part::kTraining, "shard-1.csv", passengers());
}

// One step whose first `own` rows the learner works on and whose others the helper does.
void step_in_two(Learner& learner, Trainable& helper, std::uint32_t own) {
  const std::span<const real> weights = std::as_const(learner.trainable()).model().weights();
  std::ranges::copy(weights, helper.new_weights(weights.size()).begin());
  const std::uint32_t count = learner.begin_step();
  const std::uint32_t rest = count - own;
  const Learner::Share theirs = learner.share(own, rest);
  Tensor x = Tensor::copy_of(helper.batch_shape(theirs.inputs.size()), theirs.inputs);
  const BatchReport b =
      helper.loss_and_gradient(x, {theirs.classes, theirs.numbers},
                               {static_cast<Index>(own), static_cast<Index>(count), theirs.drawn});
  const BatchReport a = learner.share_gradient(0, own);
  learner.trainable().add_gradient(helper.gradient());
  learner.finish_step({(a.loss * own + b.loss * rest) / count, a.correct + b.correct});
}

real apart(const Trainable& a, const Trainable& b) {
  real most = 0;
  for (std::size_t at = 0; at < a.model().weights().size(); ++at) {
    most = std::max(most, std::abs(a.model().weights()[at] - b.model().weights()[at]));
  }
  return most;
}

}  // namespace

TEST_CASE("a step in shares is the step of one, dropout included") {
  Learner alone(titanic(), 7);
  Learner leader(titanic(), 7);
  Trainable helper(titanic(), 7);
  for (Learner* learner : {&alone, &leader}) add_passengers(*learner);
  for (int step = 0; step < 60; ++step) {
    alone.step();
    // The shares' sizes may change, and one of them works alone now and then.
    if (step % 7 == 3) {
      leader.begin_step();
      leader.finish_step(leader.share_gradient(0, 16));
    } else {
      step_in_two(leader, helper, 5 + static_cast<std::uint32_t>(step % 4));
    }
  }
  CHECK(apart(alone.trainable(), leader.trainable()) < real(1e-4));
  CHECK(apart(alone.trainable(), Trainable(titanic(), 7)) > real(1e-2));
}

TEST_CASE("shares of a batch whose classes weigh differently give its gradient") {
  task::Task task = task::parse(support::read_text("tests/task/image.json"));
  task.loss.class_weights = {1, 2, 7};
  Trainable whole(task, 1), part(task, 1);
  const std::vector<std::int32_t> labels = {0, 2, 1, 1, 0};
  Tensor x(whole.batch_shape(5 * static_cast<std::size_t>(whole.model().input_shape().size())));
  Random random(3, 3);
  for (real& value : x.span()) value = random.uniform(real(0), real(1));
  const BatchReport expected = whole.loss_and_gradient(x, {labels, {}});
  CHECK(expected.weight == 13);

  std::vector<double> sum(whole.gradient().size());
  double loss = 0;
  for (const auto& [first, count] : {std::pair<Index, Index>{0, 3}, {3, 2}}) {
    const std::span<const std::int32_t> mine =
        std::span(labels).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    const Index size = whole.model().input_shape().size();
    const Tensor rows =
        x.part(first * size, part.batch_shape(static_cast<std::size_t>(count * size)));
    const BatchReport report =
        part.loss_and_gradient(rows, {mine, {}}, {first, 5, part.drawn(), expected.weight});
    loss += report.loss * report.weight / expected.weight;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(part.gradient()[i]);
  }
  CHECK(std::abs(loss - expected.loss) < 1e-5);
  double most = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    most = std::max(most, std::abs(sum[i] - static_cast<double>(whole.gradient()[i])));
  }
  CHECK(most < 1e-5);
}

TEST_CASE("a step in shares is dropped when the weights were set meanwhile") {
  Learner learner(titanic(), 7);
  add_passengers(learner);
  learner.begin_step();
  const BatchReport batch = learner.share_gradient(0, 16);
  CHECK(learner.step_holds());
  const std::vector<float> zeros(learner.weight_count());
  learner.set_weights(zeros);
  CHECK_FALSE(learner.step_holds());
  CHECK(support::error_of([&] { learner.finish_step(batch); }) ==
        "state: finish_step: the weights were set meanwhile");
  std::vector<float> found(learner.weight_count());
  learner.get_weights(found);
  CHECK(found == zeros);
  CHECK_FALSE(support::error_of([&] { learner.share(10, 7); }).empty());
  CHECK(support::error_of([&] { learner.trainable().add_gradient(std::vector<real>(3)); }) ==
        text("argument: add_gradient: the gradient has 3 numbers, expected ", zeros.size()));
}

TEST_CASE("a participant's step in shares counts while its round trains") {
  session::ParticipantConfig config{titanic(), "r", 7, protocol::Mode::kLocal, 1};
  const std::array<std::uint8_t, 32> entropy{1};
  session::Participant one(config, entropy);
  session::Participant other(config, entropy);
  for (session::Participant* participant : {&one, &other}) {
    add_passengers(participant->learner());
    CHECK_FALSE(support::error_of([&] { participant->begin_step(); }).empty());
    participant->run({}, 0);
  }
  while (one.round() < 2) {
    one.train_step(1);
    other.begin_step();
    REQUIRE(other.step_holds());
    other.finish_step(other.learner().share_gradient(0, 16), 1);
  }
  CHECK(one.model_hash() == other.model_hash());

  other.begin_step();
  const BatchReport batch = other.learner().share_gradient(0, 16);
  other.stop(2);
  CHECK_FALSE(other.step_holds());
  CHECK(support::error_of([&] { other.finish_step(batch, 2); }) ==
        "state: finish_step: no local step is wanted now (see training_wanted)");
}
