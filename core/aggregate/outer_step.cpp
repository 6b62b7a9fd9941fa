#include "aggregate/outer_step.h"

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

void OuterStep::step(std::span<float> x, std::span<const float> delta) {
  if (x.size() != delta.size() || (!m_.empty() && m_.size() != x.size())) {
    fail(ErrorCode::kShape, text("outer step: expected ", m_.empty() ? x.size() : m_.size(),
                                 " numbers, found ", x.size(), " and ", delta.size()));
  }
  const bool adaptive = kind_ == Kind::kAdam || kind_ == Kind::kYogi;
  if (kind_ != Kind::kAverage) m_.resize(x.size());
  if (adaptive && v_.empty()) v_.assign(x.size(), 1e-6f);
  const auto rate = static_cast<float>(rate_);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float change = delta[i];
    if (kind_ == Kind::kAverage) {
      x[i] += rate * change;
      continue;
    }
    m_[i] = 0.9f * m_[i] + (adaptive ? 0.1f : 1.0f) * change;
    if (!adaptive) {
      x[i] += rate * (kind_ == Kind::kNesterov ? change + 0.9f * m_[i] : m_[i]);
      continue;
    }
    const float square = change * change;
    const float toward = kind_ == Kind::kAdam ? v_[i] - square
                         : v_[i] > square     ? square
                         : v_[i] < square     ? -square
                                              : 0;
    v_[i] -= 0.01f * toward;
    x[i] += rate * m_[i] / (std::sqrt(v_[i]) + 0.001f);
  }
}

void add_proximal(std::span<const float> x, std::span<const float> anchor, double mu,
                  std::span<float> gradient) {
  const auto factor = static_cast<float>(mu);
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += factor * (x[i] - anchor[i]);
}

}  // namespace deai::aggregate
