#pragma once

#include <utility>
#include <vector>

#include "autograd/arena.h"
#include "autograd/profiler.h"
#include "autograd/variable.h"

namespace deai::autograd {

// What was computed, in order of execution. Walking it backwards gives the gradients; each rule is
// dropped, with all that it kept, as soon as it has run. One walk per recording; reset() before the
// next one keeps the memory.
class Tape {
 public:
  Tape() = default;
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  ~Tape() { reset(); }

  // A variable whose gradient can be read after backward().
  Variable input(Tensor value);
  // A variable whose gradient is in `gradient` after backward(), zero where none arrives: the sum of
  // all uses, also where the same memory was handed over before since the last reset.
  Variable parameter(Tensor value, Tensor gradient);

  // The result of an op. rule(const Tensor& dy) adds to the gradients of the op's inputs; it does
  // not run when no dy arrives. Everything it reads is captured by value. A rule that takes Tensor&
  // may move dy on, and write into it as its sole owner.
  template <typename Rule>
  Variable record(Tensor value, Rule rule) {
    Gradient* const output = make_gradient(value.shape());
    Rule* const kept = arena_.make<Rule>(std::move(rule));
    steps_.push_back({output, kept, profiler_ == nullptr ? 0 : profiler_->place().section,
                      [](void* self, Tensor& dy) { (*static_cast<Rule*>(self))(dy); },
                      [](void* self) { static_cast<Rule*>(self)->~Rule(); }});
    return Variable(std::move(value), output);
  }

  // From a single number, whose own gradient is 1.
  void backward(const Variable& output);
  // From any output, given the gradient of it.
  void backward(const Variable& output, const Tensor& gradient);
  void reset();

  // Who is told what recording and walking back take; nullptr: nobody. To be changed between a
  // reset and the next recording.
  void set_profiler(Profiler* profiler) { profiler_ = profiler; }
  Profiler* profiler() const { return profiler_; }

 private:
  struct Step {
    Gradient* output;
    void* rule;
    Index section;  // of the profiler, where it was recorded
    void (*run)(void* rule, Tensor& dy);
    void (*drop)(void* rule);
  };

  Gradient* make_gradient(const Shape& shape);

  Arena arena_;
  std::vector<Gradient*> gradients_;
  std::vector<Gradient*> places_;  // those of parameters among them
  std::vector<Step> steps_;
  Profiler* profiler_ = nullptr;
};

}  // namespace deai::autograd
