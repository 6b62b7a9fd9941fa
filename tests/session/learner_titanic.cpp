#include <catch2/catch_test_macros.hpp>

#include "session/titanic_room.h"

using namespace deai;
using session::Part;

TEST_CASE("titanic reaches its accuracy on the rows that were held out") {
  session::Learner learner(test::titanic(), 1);
  for (const char* shard : {"shard-1", "shard-2", "shard-3", "shard-4"}) {
    test::add_rows(learner, Part::kTraining, shard);
  }
  test::add_rows(learner, Part::kHeldOut, "held-out");
  REQUIRE(learner.sample_count(Part::kTraining) == 1047);
  REQUIRE(learner.sample_count(Part::kHeldOut) == 262);
  for (int step = 0; step < 600; ++step) learner.step();
  const session::EvaluationReport report = simulate::evaluate(learner, Part::kHeldOut);
  // Saying "did not survive" of everybody is right for 0.618 of them.
  CHECK(report.accuracy >= 0.78);
  CHECK(report.loss < 0.5);
}
