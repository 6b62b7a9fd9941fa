#include "autograd/profiler.h"

#include "base/error.h"

namespace deai::autograd {

Profiler::Profiler(Clock clock, std::span<const std::string> sections)
    : clock_(clock), place_{static_cast<Index>(sections.size()), false} {
  for (const std::string& name : sections) rows_.push_back({.name = name});
  rows_.push_back({.name = "other"});
}

void Profiler::start() {
  running_ = true;
  since_ = clock_();
}

void Profiler::stop() {
  switch_to(place_);
  running_ = false;
}

Profiler::Place Profiler::enter(Place place) {
  if (place.section < 0 || place.section >= static_cast<Index>(rows_.size())) {
    fail(ErrorCode::kInternal, text("profiler: no section ", place.section));
  }
  const Place before = place_;
  switch_to(place);
  if (running_ && !place.backward) ++rows_[static_cast<std::size_t>(place.section)].calls;
  return before;
}

void Profiler::switch_to(Place place) {
  if (running_) {
    const double now = clock_();
    Row& row = rows_[static_cast<std::size_t>(place_.section)];
    (place_.backward ? row.backward_ms : row.forward_ms) += now - since_;
    since_ = now;
  }
  place_ = place;
}

}  // namespace deai::autograd
