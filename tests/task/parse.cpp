#include <catch2/catch_test_macros.hpp>

#include "base/random.h"
#include "support/errors.h"
#include "support/files.h"
#include "task/json.h"
#include "task/task.h"

namespace {

using namespace deai;
using support::error_of;
using support::read_text;

std::string parse_error(const std::string& text) {
  return error_of([&] { task::parse(text); });
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("parse reads every field of a table task") {
  const task::Task task = task::parse(read_text("tests/task/table.json"));
  CHECK(task.id == "boats");
  const auto& table = std::get<task::TableData>(task.data.input);
  REQUIRE(table.columns.size() == 2);
  const auto& length = std::get<task::NumberColumn>(table.columns[0]);
  CHECK(length.name == "length");
  CHECK(length.mean == 10.5);
  CHECK(length.deviation == 2);
  CHECK(length.missing == 9);
  const auto& sail = std::get<task::CategoryColumn>(table.columns[1]);
  CHECK(sail.values == std::vector<std::string>{"none", "one", "two"});
  CHECK(sail.missing == "one");
  CHECK(table.label_column == "left");
  CHECK(task.data.classes == std::vector<std::string>{"no", "yes"});
  CHECK(task.model.seed == 7);
  REQUIRE(task.model.layers.size() == 4);
  CHECK(task.model.layers[0].whole("units") == 8);
  CHECK(task.model.layers[1].kind == "relu");
  CHECK(task.model.layers[2].number("rate") == 0.5);
  CHECK(task.loss.kind == task::Loss::kSigmoidBinaryCrossEntropy);
  CHECK(task.training.batch_size == 4);
  CHECK(task.training.optimizer.kind == "adamw");
  CHECK(task.training.optimizer.number("learning_rate") == 0.001);
  CHECK(task.training.optimizer.number("beta2") == 0.999);
  CHECK(task.training.schedule.kind == "constant");
  CHECK(task.training.accumulate == 1);
  REQUIRE(task.metrics.size() == 4);
  CHECK(task.metrics[1].kind == "auc");
  CHECK(task.exchange.local_steps == 5);
  CHECK(task.exchange.deadline_ms == 1000);
  CHECK(task.exchange.max_participants == 8);
  CHECK(task::input_extents(task) == std::vector<Index>{4});
  CHECK(task::output_extents(task) == std::vector<Index>{1});
}

TEST_CASE("parse reads a task of text") {
  const task::Task task = task::parse(read_text("tests/task/text.json"));
  const auto& words = std::get<task::TextData>(task.data.input);
  CHECK(words.context == 4);
  CHECK(words.alphabet == "\n abcdeé");
  CHECK(words.unknown == " ");
  CHECK(words.vocabulary == 8);
  CHECK(task::class_count(task.data) == 8);
  CHECK(task::labels_per_sample(task.data) == 4);
  CHECK(task::input_extents(task) == std::vector<Index>{4});
  CHECK(task::output_extents(task) == std::vector<Index>{4, 8});
}

TEST_CASE("byte pairs need no alphabet") {
  const task::Task task = task::parse(
      replaced(replaced(read_text("tests/task/text.json"), "\"characters\"", "\"gpt2\""),
               R"(, "alphabet": "\n abcdeé", "unknown": " ")", ""));
  CHECK(std::get<task::TextData>(task.data.input).alphabet.empty());
  CHECK(task::class_count(task.data) == 50257);
}

TEST_CASE("parse reads an image task and fills in defaults") {
  const task::Task task = task::parse(read_text("tests/task/image.json"));
  const auto& image = std::get<task::ImageData>(task.data.input);
  CHECK(image.height == 8);
  CHECK(image.width == 6);
  CHECK(image.channels == 3);
  CHECK(image.deviation == std::vector<double>{0.25, 0.25, 0.25});
  const task::Layer& conv = task.model.layers[0];
  CHECK(conv.whole("stride") == 1);
  CHECK(conv.whole("padding") == 0);
  CHECK(conv.flag("bias"));
  CHECK_FALSE(conv.frozen);
  CHECK(conv.inputs.empty());
  CHECK(task.model.layers[1].whole("stride") == 2);
  CHECK(task.training.optimizer.number("momentum") == 0);
  CHECK(task.exchange.scheme == "mean");
  CHECK(task.exchange.local_steps == 50);
  CHECK(task::input_extents(task) == std::vector<Index>{8, 6, 3});
  CHECK(task::output_extents(task) == std::vector<Index>{3});
}

TEST_CASE("parse reads how many learn in a round") {
  const std::string text = read_text("tests/task/image.json");
  const auto with = [&](const std::string& sample) {
    const std::size_t end = text.rfind('}');
    return text.substr(0, end) + R"(, "exchange": {"sample": )" + sample + "}}";
  };
  CHECK(task::parse(text).exchange.sample == 0);
  CHECK(task::parse(with("0.25")).exchange.sample == 0.25);
  CHECK(task::parse(with("1")).exchange.sample == 1);
  CHECK(task::parse(with("50")).exchange.sample == 50);
  CHECK(task::canonical_text(task::parse(with("50"))) != task::canonical_text(task::parse(text)));
  const std::string share =
      "expected a share of the members between 0 and 1, or a whole number of them";
  for (const char* odd : {"0", "1.5"}) {
    const std::string found = parse_error(with(odd));
    CHECK(found.starts_with("task: exchange.sample: "));
    CHECK(found.find(share) != std::string::npos);
  }
  for (const char* odd : {"-1", "1025", "true", "\"all\""}) {
    CHECK(parse_error(with(odd)).starts_with("task: exchange.sample: "));
  }
}

// tests/task/cases.json: each case changes one place of a good task.json. The schema's test reads
// the same file.
TEST_CASE("parse names the place, what it expected and what it found") {
  const std::string text = read_text("tests/task/cases.json");
  const task::json::Document cases(text, {"cases.json", ErrorCode::kArgument}, 1 << 20);
  for (const task::json::Value& each : cases.root().items(1, 1000)) {
    const std::string base = each.member("base").text(1, 100);
    const std::string replace = each.member("replace").text(1, 1000);
    const std::string by = each.member("by").text(0, 1000);
    const std::string expected = "task: " + each.member("error").text(1, 1000);
    INFO(base << ": " << replace << " -> " << by);
    const std::string found =
        parse_error(replaced(read_text("tests/task/" + base + ".json"), replace, by));
    // Behind "not JSON: " stand the reader's own words.
    const bool own_words = expected.ends_with("not JSON: ");
    CHECK((own_words ? found.substr(0, expected.size()) : found) == expected);
  }
}

TEST_CASE("parse refuses hostile texts") {
  CHECK(parse_error("") == "task: task.json, line 1, column 1: not JSON: input length is 0");
  CHECK(parse_error("[]") == "task: task.json: expected an object, found an array of 0");
  CHECK(parse_error(std::string(256 * 1024 + 1, ' ')) ==
        "task: task.json: 262145 bytes, expected at most 262144");
  const std::string deep =
      R"({"deai":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(parse_error(deep) ==
        "task: deai: expected 1 (the format that this version reads), found an array of 1");
  const std::string good = read_text("tests/task/table.json");
  for (std::size_t length = 0; length + 2 < good.size(); ++length) {
    CHECK_FALSE(parse_error(good.substr(0, length)).empty());
  }
  const std::string found = parse_error(replaced(good, "boats", std::string(1000, 'x')));
  CHECK(found == "task: id: expected a text of 1 to 64 characters, found \"" +
                     std::string(40, 'x') + "\" …");
  CHECK(parse_error(R"({"deai":1,")" + std::string(1000, 'y') + R"(":1})").size() < 200);
}

TEST_CASE("a damaged task.json is read or refused, never anything else") {
  Random random(1, 0);
  for (const char* path : {"tests/task/table.json", "tests/task/image.json"}) {
    const std::string good = read_text(path);
    for (int trial = 0; trial < 2000; ++trial) {
      std::string bad = good;
      bad[random.below(static_cast<std::uint32_t>(bad.size()))] =
          static_cast<char>(random.below(256));
      const std::string error = parse_error(bad);
      CHECK((error.empty() || error.starts_with("task: ")));
    }
  }
}

TEST_CASE("texts are counted in characters") {
  std::string sixty_four;
  for (int at = 0; at < 200; ++at) sixty_four += "é";
  const std::string good = read_text("tests/task/table.json");
  CHECK(parse_error(replaced(good, "Boats", sixty_four)).empty());
  CHECK_FALSE(parse_error(replaced(good, "Boats", sixty_four + "é")).empty());
}

TEST_CASE("the built-in tasks are read") {
  const task::Task titanic = task::parse(read_text("tasks/titanic/task.json"));
  CHECK(titanic.id == "titanic");
  CHECK(task::input_extents(titanic) == std::vector<Index>{12});
  CHECK(task::output_extents(titanic) == std::vector<Index>{1});
  const task::Task mnist = task::parse(read_text("tasks/mnist/task.json"));
  CHECK(mnist.id == "mnist");
  CHECK(task::input_extents(mnist) == std::vector<Index>{28, 28, 1});
  CHECK(task::output_extents(mnist) == std::vector<Index>{10});
}
