#include <catch2/catch_test_macros.hpp>

#include "support/errors.h"
#include "support/files.h"
#include "task/task.h"

namespace {

using namespace deai;
using support::read_text;

constexpr const char* kTable =
    R"({"data":{"classes":["no","yes"],"columns":[{"deviation":2e+00,"kind":"number",)"
    R"("mean":1.05e+01,"missing":9e+00,"name":"length"},{"kind":"category","missing":"one",)"
    R"("name":"sail","values":["none","one","two"]}],"kind":"table","label_column":"left"},)"
    R"("deai":1,"exchange":{"deadline_ms":1000,"local_steps":5,"max_participants":8,)"
    R"("scheme":"mean"},"id":"boats","loss":{"kind":"sigmoid_binary_cross_entropy"},)"
    R"("model":{"layers":[{"kind":"dense","units":8},{"kind":"relu"},{"kind":"dropout",)"
    R"("rate":5e-01},{"kind":"dense","units":1}],"seed":7},"training":{"batch_size":4,)"
    R"("optimizer":{"kind":"adamw","learning_rate":1e-03}}})";

std::string canonical(const std::string& text) { return task::canonical_text(task::parse(text)); }

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("the canonical text has these bytes") {
  CHECK(canonical(read_text("tests/task/table.json")) == kTable);
}

TEST_CASE("the canonical text is a task.json of the same task") {
  for (const char* path : {"tests/task/table.json", "tests/task/image.json", "tests/task/text.json",
                           "tasks/titanic/task.json", "tasks/mnist/task.json"}) {
    const std::string once = canonical(read_text(path));
    CHECK(canonical(once) == once);
  }
}

TEST_CASE(
    "how a room gossips belongs to the task, and what it has no settings for is not written") {
  const std::string table = read_text("tests/task/table.json");
  const auto with = [&](const std::string& exchange) {
    const std::string text = canonical(replaced(table, R"("scheme": "mean")", exchange));
    CHECK(canonical(text) == text);
    const std::size_t from = text.find(R"("exchange":)");
    return text.substr(from, text.find('}', from) + 1 - from);
  };
  const std::string rest = R"("deadline_ms":1000,"local_steps":5,"max_participants":8,)";
  CHECK(with(R"("codec": "f32")") == R"("exchange":{)" + rest + R"("scheme":"mean"})");
  CHECK(with(R"("codec": "int8+ef")") ==
        R"("exchange":{"codec":"int8+ef",)" + rest + R"("scheme":"mean"})");
  CHECK(with(R"("scheme": "choco")") == R"("exchange":{"codec":"sign",)" + rest +
                                            R"("scheme":"choco","topology":"random_regular/4"})");
  CHECK(with(R"("scheme": "choco", "codec": "f32")").find(R"("codec":"f32")") != std::string::npos);
  CHECK(with(R"("scheme": "power", "rank": 2, "iterations": 1, "topology": "ring")") ==
        R"("exchange":{)" + rest + R"("rank":2,"scheme":"power","topology":"ring"})");
  CHECK(with(R"("scheme": "swarm", "bits": 4)") ==
        R"("exchange":{"bits":4,)" + rest + R"("scheme":"swarm","topology":"random_regular/4"})");
  CHECK(with(R"("scheme": "exponential")") ==
        R"("exchange":{)" + rest + R"("scheme":"exponential"})");
}

TEST_CASE("what a round does with the mean belongs to the task, where there is a mean") {
  const std::string table = read_text("tests/task/table.json");
  const std::string plain = canonical(table);
  CHECK(canonical(replaced(table, R"("scheme": "mean")", R"("outer": {"kind": "average"})")) ==
        plain);
  const std::string diloco =
      canonical(replaced(table, R"("scheme": "mean")", R"("outer": {"kind": "nesterov"})"));
  CHECK(diloco.find(R"("outer":{"kind":"nesterov"})") != std::string::npos);
  CHECK(canonical(diloco) == diloco);
  const auto refusal = [&](const std::string& exchange) {
    return support::error_of([&] { canonical(replaced(table, R"("scheme": "mean")", exchange)); });
  };
  CHECK(refusal(R"("scheme": "choco", "outer": {"kind": "nesterov"})")
            .find("exchange.outer: the scheme choco has none") != std::string::npos);
  CHECK(refusal(R"("scheme": "power", "proximal": 0.1)")
            .find("exchange.proximal: the scheme power has none") != std::string::npos);
  CHECK(canonical(replaced(table, R"("scheme": "mean")", R"("proximal": 0)")) == plain);
  CHECK(canonical(replaced(table, R"("scheme": "mean")", R"("proximal": 0.25)"))
            .find(R"("proximal":)") != std::string::npos);
  CHECK(refusal(R"("outer": {"kind": "nesterov", "learning_rate": 0})")
            .find("exchange.outer.learning_rate: expected") != std::string::npos);
}

TEST_CASE("what alters pictures belongs to the task, and only where it is wanted") {
  const std::string image = read_text("tests/task/image.json");
  const std::string classes = R"("classes": ["round")";
  const auto with = [&](const std::string& augment) {
    return canonical(replaced(image, classes, R"("augment": )" + augment + ", " + classes));
  };
  CHECK(with("{}") == canonical(image));
  CHECK(with(R"({"flip": false, "crop": 0, "rotate": 0.0})") == canonical(image));
  const std::string all = with(
      R"({"saturation": 0.25, "contrast": 0.5, "brightness": 1, "rotate": 8, "crop": 4, "flip": true})");
  CHECK(all.find(R"("augment":{"brightness":1e+00,"contrast":5e-01,"crop":4,"flip":true,)"
                 R"("rotate":8e+00,"saturation":2.5e-01},"channels")") != std::string::npos);
  CHECK(canonical(all) == all);
}

TEST_CASE("the weights to begin with belong to the task") {
  const std::string with = replaced(
      kTable, R"("seed":7)",
      R"("seed":7,"weights":{"blake2b":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","file":"a.safetensors"})");
  CHECK(canonical(with) == with);
}

TEST_CASE("the canonical text does not depend on how a task is written down") {
  const std::string table = read_text("tests/task/table.json");
  // Fields for people, the sample, order, defaults written out, ways to write a number.
  CHECK(canonical(replaced(table, R"("title": "Boats")", R"("summary": "other")")) == kTable);
  CHECK(canonical(replaced(table, "a.csv", "b.csv")) == kTable);
  CHECK(canonical(replaced(table, R"("class_names": ["stayed", "left"],)", "")) == kTable);
  CHECK(canonical(replaced(table, R"("deai": 1,
  "id": "boats",)",
                           R"("id": "boats", "deai": 1,)")) == kTable);
  CHECK(canonical(replaced(table, R"("learning_rate": 0.001)",
                           R"("weight_decay": 0.01, "beta1": 0.90, "learning_rate": 1E-3)")) ==
        kTable);
  CHECK(canonical(replaced(table, R"("units": 8)", R"("units": 8.0)")) == kTable);
  CHECK(canonical(replaced(table, "boats", "b\\u006fats")) == kTable);
}

TEST_CASE("the canonical text tells different tasks apart") {
  const std::string table = read_text("tests/task/table.json");
  for (const auto& [what, by] : std::initializer_list<std::pair<const char*, const char*>>{
           {"10.5", "10.500000000000002"},
           {R"("seed": 7)", R"("seed": 8)"},
           {"\"none\", \"one\"", "\"one\", \"none\""},
           {"\"no\"", "\"no \""},
           {", \"missing\": 9", ""},
           {"\"local_steps\": 5", "\"local_steps\": 6"}}) {
    CHECK(canonical(replaced(table, what, by)) != kTable);
  }
}

TEST_CASE("settings of layers are written where they differ from what they are by themselves") {
  const std::string image = read_text("tests/task/image.json");
  const std::string conv = R"("kind": "conv2d", "filters": 4, "kernel": 3)";
  const std::string plain = canonical(image);
  CHECK(plain.find("groups") == std::string::npos);
  CHECK(canonical(replaced(image, conv, conv + R"(, "groups": 1)")) == plain);
  const std::string grouped = canonical(replaced(image, conv, conv + R"(, "groups": 2)"));
  CHECK(grouped.find(R"("filters":4,"groups":2,"kernel":3,"kind":"conv2d")") != std::string::npos);
  CHECK(canonical(grouped) == grouped);
}

TEST_CASE("the canonical text of every layer is a task.json of the same task") {
  const std::string image = read_text("tests/task/image.json");
  const std::string pool = R"({"kind": "max_pool2d", "size": 2})";
  for (
      const auto& [layer, expected] : std::initializer_list<std::pair<const char*, const char*>>{
          {R"({"kind": "depthwise_conv2d", "kernel": 3, "stride": 1})",
           R"({"kernel":3,"kind":"depthwise_conv2d"})"},
          {R"({"kind": "avg_pool2d", "size": 3, "padding": 1})",
           R"({"kind":"avg_pool2d","padding":1,"size":3})"},
          {R"({"kind": "avg_pool2d", "size": 3, "stride": 3})",
           R"({"kind":"avg_pool2d","size":3})"},
          {R"({"kind": "conv2d", "filters": 2, "kernel": 3, "bias": false, "frozen": true})",
           R"({"bias":false,"filters":2,"frozen":true,"kernel":3,"kind":"conv2d"})"},
          {R"({"kind": "relu", "name": "a", "frozen": false}, {"kind": "relu", "input": "input", "name": "b"},
               {"kind": "add", "inputs": ["a", "input", "b"]})",
           R"({"kind":"relu","name":"a"},{"input":"input","kind":"relu","name":"b"},)"
           R"({"inputs":["a","input","b"],"kind":"add"})"},
          {R"({"kind": "global_avg_pool2d"})", R"({"kind":"global_avg_pool2d"})"}}) {
    const std::string once = canonical(replaced(image, pool, layer));
    INFO(once);
    CHECK(once.find(expected) != std::string::npos);
    CHECK(canonical(once) == once);
  }
}

TEST_CASE("settings of training and loss are written where they differ, and metrics are not") {
  const std::string image = read_text("tests/task/image.json");
  const std::string plain = canonical(image);
  const std::string loss = R"("kind": "softmax_cross_entropy")";
  const std::string set = canonical(replaced(
      replaced(image, loss, loss + R"(, "label_smoothing": 0.5, "class_weights": [1, 2, 3])"),
      R"("training": {)",
      R"("metrics": [], "training": {"clip_norm": 1, "accumulate": 2, "ema": 0.5,
                  "schedule": {"kind": "cosine", "steps": 9, "last": 0},)"));
  for (
      const char* expected :
      {R"("loss":{"class_weights":[1e+00,2e+00,3e+00],"kind":"softmax_cross_entropy","label_smoothing":5e-01})",
       R"("accumulate":2)", R"("clip_norm":1e+00)", R"("ema":5e-01)",
       R"("schedule":{"kind":"cosine","steps":9})"}) {
    INFO(set);
    CHECK(set.find(expected) != std::string::npos);
  }
  CHECK(canonical(set) == set);
  CHECK(canonical(replaced(image, R"("training": {)",
                           R"("metrics": [{"kind": "f1"}], "training": {"ema": 0, "accumulate": 1,
                              "schedule": {"kind": "constant", "warm_up": 0},)")) == plain);
}

TEST_CASE("a negative zero is a zero") {
  const std::string table = read_text("tests/task/table.json");
  CHECK(canonical(replaced(table, "10.5", "-0.0")) == canonical(replaced(table, "10.5", "0")));
}
