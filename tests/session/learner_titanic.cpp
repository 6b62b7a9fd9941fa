#include <catch2/catch_test_macros.hpp>

#include "session/learner.h"
#include "support/cells.h"
#include "support/files.h"

namespace {

using namespace deai;
using session::Part;

void add(session::Learner& learner, Part part, const std::string& name) {
  const std::string path = "tasks/titanic/sample/" + name + ".csv";
  learner.add_table(part, path, support::cells_of(support::read_text(path)));
}

}  // namespace

TEST_CASE("titanic reaches its accuracy on the rows that were held out") {
  session::Learner learner(task::parse(support::read_text("tasks/titanic/task.json")), 1);
  for (const char* shard : {"shard-1", "shard-2", "shard-3", "shard-4"}) {
    add(learner, Part::kTraining, shard);
  }
  add(learner, Part::kHeldOut, "held-out");
  REQUIRE(learner.sample_count(Part::kTraining) == 1047);
  REQUIRE(learner.sample_count(Part::kHeldOut) == 262);
  for (int step = 0; step < 600; ++step) learner.step();
  learner.begin_evaluation(Part::kHeldOut);
  session::EvaluationReport report;
  do {
    report = learner.evaluation_step();
  } while (!report.finished);
  // Saying "did not survive" of everybody is right for 0.618 of them.
  CHECK(report.accuracy >= 0.78);
  CHECK(report.loss < 0.5);
}
