#include <catch2/catch_test_macros.hpp>
#include <string>

#include "session/learner.h"
#include "session/trainable.h"
#include "support/files.h"

namespace {

using namespace deai;
using session::Part;

ByteView bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

// One dense layer on the token's number: enough to tell a text of two letters in turn.
TEST_CASE("a learner learns which token follows") {
  task::Task task = task::parse(support::read_text("tests/task/text.json"));
  session::Learner learner(task, 1);
  std::string text;
  for (int at = 0; at < 100; ++at) text += "ab";
  CHECK(learner.add_text(Part::kTraining, "a.txt", bytes(text)) == 49);
  CHECK(learner.add_text(Part::kHeldOut, "b.txt", bytes("babababab")) == 2);
  session::StepReport report;
  for (int step = 0; step < 600; ++step) report = learner.step();
  CHECK(report.count == 2);
  CHECK(report.labels == 8);
  CHECK(report.correct == 8);
  learner.begin_evaluation(Part::kHeldOut);
  const session::EvaluationReport held_out = learner.evaluation_step();
  REQUIRE(held_out.finished);
  CHECK(held_out.accuracy == 1);
  CHECK(held_out.loss < 1);
  CHECK(held_out.count == 2);
}

TEST_CASE("a step on a text in shares is the step of the whole batch") {
  const task::Task task = task::parse(support::read_text("tests/task/text.json"));
  session::Learner whole(task, 1);
  session::Learner shared(task, 1);
  for (session::Learner* learner : {&whole, &shared}) {
    learner->add_text(Part::kTraining, "a.txt", bytes("abcde dcba bad cab"));
  }
  REQUIRE(shared.begin_step() == 2);
  CHECK(shared.share(1, 1).inputs.size() == 4);
  CHECK(shared.share(1, 1).classes.size() == 4);
  const session::BatchReport first = shared.share_gradient(0, 1);
  const session::BatchReport second = shared.share_gradient(1, 1);
  const session::StepReport report = whole.step();
  CHECK(first.loss + second.loss - 2 * report.loss < 1e-5);
  CHECK(2 * report.loss - first.loss - second.loss < 1e-5);
}
