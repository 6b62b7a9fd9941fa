#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/real.h"

namespace deai::autograd {

// Where the time of steps goes, by sections (a layer, the loss, the optimizer). Every moment between
// start and stop counts for exactly one of them, so the rows' sum is the whole: a section within
// another one interrupts it. The clock is handed in; this code has none.
class Profiler {
 public:
  // Milliseconds since whenever, never going back.
  using Clock = double (*)();

  struct Row {
    std::string name;
    std::uint64_t calls = 0;  // of the forward pass
    double forward_ms = 0;
    double backward_ms = 0;
  };

  // sections: their names; a last row "other" takes what lies outside of all of them.
  Profiler(Clock clock, std::span<const std::string> sections);

  void start();
  void stop();
  const std::vector<Row>& rows() const { return rows_; }

  // What the time counts for now.
  struct Place {
    Index section;
    bool backward;
  };
  Place place() const { return place_; }

  // Time counts for a section as long as this lives. Without a profiler: nothing but one test.
  class Scope {
   public:
    // The forward pass, or work that has no way back.
    Scope(Profiler* profiler, Index section) : profiler_(profiler) {
      if (profiler_ != nullptr) before_ = profiler_->enter({section, false});
    }
    // The way back of what was recorded in a section.
    static Scope backward(Profiler* profiler, Index section) {
      return Scope(profiler, Place{section, true});
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
      if (profiler_ != nullptr) profiler_->switch_to(before_);
    }

   private:
    Scope(Profiler* profiler, Place place) : profiler_(profiler) {
      if (profiler_ != nullptr) before_ = profiler_->enter(place);
    }

    Profiler* profiler_;
    Place before_{};
  };

 private:
  Place enter(Place place);
  void switch_to(Place place);

  Clock clock_;
  std::vector<Row> rows_;
  Place place_;
  double since_ = 0;
  bool running_ = false;
};

}  // namespace deai::autograd
