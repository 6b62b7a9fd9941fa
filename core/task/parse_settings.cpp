#include "task/parse.h"

namespace deai::task {
namespace {

double read_word(const json::Value& value, std::span<const std::string_view> words) {
  const std::string found = value.text(1, 64);
  for (std::size_t place = 0; place < words.size(); ++place) {
    if (words[place] == found) return static_cast<double>(place);
  }
  refuse_word(value, {words.begin(), words.end()});
}

double read_present(const json::Value& value, const SettingRule& rule) {
  switch (rule.type) {
    case SettingRule::Type::kWhole:
      return static_cast<double>(
          value.whole(static_cast<std::uint64_t>(rule.low), static_cast<std::uint64_t>(rule.high)));
    case SettingRule::Type::kNumber:
      return value.number(rule.low, rule.high);
    case SettingRule::Type::kSwitch:
      return value.flag() ? 1 : 0;
    case SettingRule::Type::kWord:
      return read_word(value, rule.words);
  }
  return 0;
}

}  // namespace

std::vector<Choice::Setting> read_settings(const json::Fields& fields,
                                           std::span<const SettingRule> rules) {
  std::vector<Choice::Setting> settings;
  for (const SettingRule& rule : rules) {
    const json::Value value = fields[rule.name];
    const bool given = value.present() || rule.absent == SettingRule::Absent::kError;
    settings.push_back(
        {rule.name, given ? read_present(value, rule) : absent_value(rule, settings)});
  }
  return settings;
}

Choice read_choice(const json::Value& value, std::span<const ChoiceKind> kinds,
                   std::span<const std::string_view> others) {
  const json::Value kind = value.member("kind");
  const std::string name = kind.text(1, 64);
  std::vector<std::string_view> known;
  for (const ChoiceKind& row : kinds) {
    if (row.name != name) {
      known.push_back(row.name);
      continue;
    }
    known.assign(others.begin(), others.end());
    known.push_back("kind");
    for (const SettingRule& rule : row.settings) known.push_back(rule.name);
    return {row.name, read_settings(json::Fields(value, known), row.settings)};
  }
  refuse_word(kind, known);
}

}  // namespace deai::task
