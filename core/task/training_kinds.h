#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "task/settings.h"

// The explicit tables of what a task.json can name beside layers, and of the settings of each.
// What they do stands in session/descent.cpp (optimizers, schedules) and in model/ (losses,
// metrics).
namespace deai::task {

std::span<const ChoiceKind> optimizer_kinds();
std::span<const ChoiceKind> schedule_kinds();
// In the order of Loss.
std::span<const ChoiceKind> loss_kinds();
std::span<const ChoiceKind> metric_kinds();
std::span<const ChoiceKind> outer_kinds();

// One of a table with the given settings and the defaults of all others. Throws Error{kInternal}
// where the table has none of that name.
Choice make_choice(std::span<const ChoiceKind> kinds, std::string_view name,
                   std::initializer_list<Choice::Setting> settings = {});

}  // namespace deai::task
