#include "aggregate/outer_step.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace deai::aggregate {

OuterStep::OuterStep(std::string_view kind, double rate) {
  struct Row {
    std::string_view name;
    double rate;
  };
  constexpr std::array<Row, 5> kRows = {
      {{"average", 1}, {"momentum", 1}, {"nesterov", 0.7}, {"adam", 0.01}, {"yogi", 0.01}}};
  for (std::size_t at = 0; at < kRows.size(); ++at) {
    if (kRows[at].name != kind) continue;
    kind_ = static_cast<Kind>(at);
    rate_ = rate > 0 ? rate : kRows[at].rate;
    return;
  }
  fail(ErrorCode::kTask,
       text("exchange: \"", kind, "\", expected one of: average, momentum, nesterov, adam, yogi"));
}

std::size_t OuterStep::states() const {
  return kind_ == Kind::kAverage ? 0 : kind_ == Kind::kAdam || kind_ == Kind::kYogi ? 2 : 1;
}

void OuterStep::begin(std::span<float> state) const {
  const std::size_t count = states() > 0 ? state.size() / states() : 0;
  std::fill_n(state.begin(), count, 0.0f);
  std::fill(state.begin() + static_cast<std::ptrdiff_t>(count), state.end(), 1e-6f);
}

void OuterStep::step(std::span<float> x, std::span<const float> delta,
                     std::span<float> state) const {
  if (x.size() != delta.size() || state.size() != states() * x.size()) {
    fail(ErrorCode::kShape,
         text("outer step: expected ", x.size(), " changes and ", states() * x.size(),
              " numbers of state, found ", delta.size(), " and ", state.size()));
  }
  const auto rate = static_cast<float>(rate_);
  float* const m = state.data();
  float* const v = states() == 2 ? m + x.size() : nullptr;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float change = delta[i];
    if (states() == 0) {
      x[i] += rate * change;
      continue;
    }
    const bool adaptive = states() == 2;
    m[i] = 0.9f * m[i] + (adaptive ? 0.1f : 1.0f) * change;
    if (!adaptive) {
      x[i] += rate * (kind_ == Kind::kNesterov ? change + 0.9f * m[i] : m[i]);
      continue;
    }
    const float square = change * change;
    const float toward = kind_ == Kind::kAdam ? v[i] - square
                         : v[i] > square      ? square
                         : v[i] < square      ? -square
                                              : 0;
    v[i] -= 0.01f * toward;
    x[i] += rate * m[i] / (std::sqrt(v[i]) + 0.001f);
  }
}

}  // namespace deai::aggregate
