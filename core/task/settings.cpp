#include "task/settings.h"

#include "base/error.h"

namespace deai::task {

double absent_value(const SettingRule& rule, std::span<const Choice::Setting> before) {
  return rule.absent == SettingRule::Absent::kLikeBefore ? before.back().value : rule.otherwise;
}

double Choice::number(std::string_view setting) const {
  for (const Setting& one : settings) {
    if (one.name == setting) return one.value;
  }
  fail(ErrorCode::kInternal, text("what is of the kind ", kind, " has no setting ", setting));
}

std::vector<Choice::Setting> with_defaults(std::span<const SettingRule> rules,
                                           std::span<const Choice::Setting> given) {
  std::vector<Choice::Setting> settings;
  for (const SettingRule& rule : rules) {
    double value = absent_value(rule, settings);
    for (const Choice::Setting& one : given) {
      if (one.name == rule.name) value = one.value;
    }
    settings.push_back({rule.name, value});
  }
  return settings;
}

}  // namespace deai::task
