#include "session/terms.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "support/files.h"
#include "task/task.h"

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
