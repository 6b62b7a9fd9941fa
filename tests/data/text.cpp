#include "data/text.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "support/errors.h"

namespace {

using namespace deai;
using support::error_of;
using Tokens = std::vector<std::uint32_t>;

task::Task text_task() {
  task::Task task;
  task.data.input =
      task::TextData{.context = 3, .alphabet = "\n abcé", .unknown = " ", .vocabulary = 6};
  return task;
}

Tokens tokens_of(const task::Task& task, const std::string& text) {
  return data::tokens_of(task.data, "a.txt",
                         {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

TEST_CASE("characters become their places in the alphabet") {
  const task::Task task = text_task();
  CHECK(tokens_of(task, "ab\né c") == Tokens{2, 3, 0, 5, 1, 4});
  CHECK(tokens_of(task, "").empty());
  SECTION("an unknown one counts as the task's unknown") {
    CHECK(tokens_of(task, "aX€b") == Tokens{2, 1, 1, 3});
  }
  SECTION("of line ends and marks of byte order nothing stays") {
    CHECK(tokens_of(task,
                    "\xEF\xBB\xBF"
                    "a\r\nb\xEF\xBB\xBF") == Tokens{2, 0, 3, 1});
  }
}

TEST_CASE("a text that does not fit is refused with its place") {
  task::Task task = text_task();
  auto& words = std::get<task::TextData>(task.data.input);
  CHECK(error_of([&] { tokens_of(task, "ab\nc\xFF"); }) == "data: a.txt, line 2: no UTF-8 text");
  words.unknown.reset();
  CHECK(error_of([&] { tokens_of(task, "ab\n\ncé€"); }) ==
        "data: a.txt, line 3: the character \"€\" is not in the task's alphabet, and it names none "
        "for unknown ones");
  words.alphabet.clear();
  CHECK(error_of([&] { tokens_of(task, "a"); }) ==
        "argument: a.txt: expected tokens in place of a text");
}

TEST_CASE("a text is cut into samples whose labels are the tokens that follow") {
  const task::Task task = text_task();
  data::Dataset set(task);
  CHECK(set.add_tokens("a", Tokens{0, 1, 2, 3, 4, 5, 0, 1, 2}) == 2);  // 7 and two left over
  CHECK(set.add_tokens("b", Tokens{5, 4, 3, 2}) == 1);
  REQUIRE(set.count() == 3);
  data::Batch batch;
  const std::vector<std::uint32_t> rows{2, 1};
  set.read(rows, batch);
  CHECK(batch.inputs.shape() == Shape{2, 3});
  CHECK(std::vector<real>(batch.inputs.span().begin(), batch.inputs.span().end()) ==
        std::vector<real>{5, 4, 3, 3, 4, 5});
  CHECK(batch.classes == std::vector<std::int32_t>{4, 3, 2, 4, 5, 0});
  CHECK(batch.numbers.empty());
  set.clear();
  CHECK(set.count() == 0);
}

TEST_CASE("tokens that do not fit are refused, and nothing was added") {
  const task::Task task = text_task();
  data::Dataset set(task);
  CHECK(error_of([&] { set.add_tokens("a", Tokens{1, 2, 3}); }) ==
        "data: a: has 3 tokens, expected at least 4: the task's context and one more");
  CHECK(error_of([&] { set.add_tokens("a", Tokens{1, 2, 3, 6}); }) ==
        "data: a: token 3 is 6, expected 0 to 5");
  const std::vector<float> numbers{1, 2, 3};
  CHECK(error_of([&] { set.add_dense("x", numbers, {}, data::Labels::kIgnored); }) ==
        "data: x: holds numbers, but the task learns from texts");
  CHECK(set.count() == 0);
}
