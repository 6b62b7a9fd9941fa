#include <catch2/catch_test_macros.hpp>

#include "session/learner.h"
#include "support/cells.h"
#include "support/files.h"

namespace {

using namespace deai;
using session::Part;

void add(session::Learner& learner, Part part, const std::string& name) {
  const std::string path = "tasks/penguins/sample/" + name + ".csv";
  learner.add_table(part, path, support::cells_of(support::read_text(path)));
}

}  // namespace

TEST_CASE("penguins reaches its accuracy on the rows that were held out") {
  session::Learner learner(task::parse(support::read_text("tasks/penguins/task.json")), 1);
  for (const char* shard : {"shard-1", "shard-2", "shard-3", "shard-4"}) {
    add(learner, Part::kTraining, shard);
  }
  add(learner, Part::kHeldOut, "held-out");
  REQUIRE(learner.sample_count(Part::kTraining) == 275);
  REQUIRE(learner.sample_count(Part::kHeldOut) == 69);
  for (int step = 0; step < 360; ++step) learner.step();  // 20 epochs
  learner.begin_evaluation(Part::kHeldOut);
  session::EvaluationReport report;
  do {
    report = learner.evaluation_step();
  } while (!report.finished);
  CHECK(report.accuracy >= 0.97);  // two of the 69 may be wrong
  CHECK(report.loss < 0.1);

  // The kind of a penguin of which nothing but the island is known, as two rows of the set are.
  const std::vector<float> guess = learner.predict_table(
      "unknown", support::cells_of("Island,Beak Length (mm),Beak Depth (mm),Flipper Length (mm),"
                                   "Body Mass (g),Sex\nDream,,,,,\n"));
  REQUIRE(guess.size() == 3);
  CHECK(guess[2] < 0.5F);  // Gentoos do not live on Dream
}
