#include <catch2/catch_test_macros.hpp>

#include "support/files.h"
#include "task/json.h"
#include "task/layer_kinds.h"
#include "task/training_kinds.h"

// tasks/task.schema.json, which helps authors while they type, says of every layer what the table
// of layer kinds says.
namespace {

using namespace deai;
using task::json::Value;
using Absent = task::SettingRule::Absent;
using Type = task::SettingRule::Type;

constexpr double kHuge = 1e18;

bool is_required(const Value& definition, std::string_view name) {
  for (const Value& item : definition.member("required").items(0, 100)) {
    if (item.text(1, 100) == name) return true;
  }
  return false;
}

void check_bounds(const Value& property, const task::SettingRule& rule) {
  CHECK(property.member("minimum").number(-kHuge, kHuge) == rule.low);
  CHECK(property.member("maximum").number(-kHuge, kHuge) == rule.high);
  if (rule.absent == Absent::kDefault) {
    CHECK(property.member("default").number(-kHuge, kHuge) == rule.otherwise);
  } else {
    CHECK_FALSE(property.member("default").present());
  }
}

void check_setting(const Value& property, const task::SettingRule& rule) {
  REQUIRE(property.present());
  switch (rule.type) {
    case Type::kWhole:
      CHECK(property.member("type").text(1, 100) == "integer");
      return check_bounds(property, rule);
    case Type::kNumber:
      CHECK(property.member("type").text(1, 100) == "number");
      return check_bounds(property, rule);
    case Type::kSwitch:
      CHECK(property.member("type").text(1, 100) == "boolean");
      CHECK(property.member("default").flag() == (rule.otherwise != 0));
      return;
    case Type::kWord: {
      const auto words = property.member("enum").items(1, 100);
      REQUIRE(words.size() == rule.words.size());
      for (std::size_t at = 0; at < words.size(); ++at) {
        CHECK(words[at].text(1, 100) == rule.words[at]);
      }
      const auto place = static_cast<std::size_t>(rule.otherwise);
      CHECK(property.member("default").text(1, 100) == rule.words[place]);
      return;
    }
  }
}

}  // namespace

TEST_CASE("the schema says of every layer what the table says") {
  const std::string text = support::read_text("tasks/task.schema.json");
  const task::json::Document document(text, {"schema", ErrorCode::kTask}, 10'000'000);
  const Value definitions = document.root().member("$defs");
  CHECK(definitions.member("layer").member("oneOf").items(0, 1000).size() ==
        task::layer_kinds().size());
  for (const task::LayerKind& kind : task::layer_kinds()) {
    INFO(kind.name);
    const Value definition = definitions.member("layer_" + std::string(kind.name));
    REQUIRE(definition.present());
    const Value properties = definition.member("properties");
    CHECK(properties.member("kind").member("const").text(1, 100) == kind.name);
    for (const task::SettingRule& rule : kind.settings) {
      INFO(rule.name);
      check_setting(properties.member(rule.name), rule);
      CHECK(is_required(definition, rule.name) == (rule.absent == Absent::kError));
    }
    // kind, name, weights_of, frozen, and input or inputs.
    CHECK(properties.members().size() == kind.settings.size() + 5);
    CHECK(properties.member(kind.most_inputs == 1 ? "input" : "inputs").present());
  }
}

TEST_CASE("the schema says of optimizers, schedules, losses and metrics what the tables say") {
  const std::string text = support::read_text("tasks/task.schema.json");
  const task::json::Document document(text, {"schema", ErrorCode::kTask}, 10'000'000);
  const Value definitions = document.root().member("$defs");
  const auto check = [&](std::string group, std::span<const task::ChoiceKind> kinds,
                         std::size_t others) {
    const auto listed = definitions.member(group).member("oneOf").items(0, 100);
    REQUIRE(listed.size() == kinds.size());
    for (const task::ChoiceKind& kind : kinds) {
      INFO(group << ' ' << kind.name);
      const Value definition = definitions.member(group + "_" + std::string(kind.name));
      REQUIRE(definition.present());
      const Value properties = definition.member("properties");
      CHECK(properties.member("kind").member("const").text(1, 100) == kind.name);
      for (const task::SettingRule& rule : kind.settings) {
        INFO(rule.name);
        check_setting(properties.member(rule.name), rule);
        CHECK(is_required(definition, rule.name) == (rule.absent == Absent::kError));
      }
      // kind, and what softmax_cross_entropy has beside its settings.
      const bool first = kind.name == kinds.front().name;
      CHECK(properties.members().size() == kind.settings.size() + 1 + (first ? others : 0));
    }
  };
  check("optimizer", task::optimizer_kinds(), 0);
  check("schedule", task::schedule_kinds(), 0);
  check("loss", task::loss_kinds(), 2);
  check("metric", task::metric_kinds(), 0);
  check("outer", task::outer_kinds(), 0);
}
