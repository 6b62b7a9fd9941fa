#include "session/terms.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "aggregate/outer_step.h"
#include "support/files.h"
#include "task/task.h"
#include "task/training_kinds.h"

using namespace deai;

// Numbers of which many stand half-way between shorter texts. In browsers the host writes decimals;
// web/test/engine/decimals.test.ts expects the same name of the same task there.
TEST_CASE("a task's name is the same on every machine, whatever its numbers") {
  const auto hash = session::task_hash(task::parse(support::read_text("tests/task/decimals.json")));
  std::string hex;
  for (const std::uint8_t byte : hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  CHECK(hex == "b5cb2b0bb8ccf41537a1944e97d8a5b95f9a81d99143b0a39cd5f19ab655a774");
}

// task may not know aggregate: two tables have them.
TEST_CASE("a task that names no outer rate has that of the outer step") {
  CHECK(task::outer_kinds().size() == 5);
  for (const task::ChoiceKind& kind : task::outer_kinds()) {
    INFO(kind.name);
    const task::Choice choice = task::make_choice(task::outer_kinds(), kind.name);
    CHECK(choice.number("learning_rate") == aggregate::OuterStep(kind.name).rate());
  }
}
