#include "autograd/tape.h"

#include <algorithm>

#include "base/error.h"

namespace deai::autograd {

Variable Tape::input(Tensor value) {
  Gradient* const gradient = make_gradient(value.shape());
  return Variable(std::move(value), gradient);
}

Variable Tape::parameter(Tensor value, Tensor gradient) {
  if (value.shape() != gradient.shape()) {
    fail(ErrorCode::kShape, text("parameter: value ", value.shape().to_string(), " and gradient ",
                                 gradient.shape().to_string(), " differ"));
  }
  for (Gradient* const place : places_) {
    if (place->tensor().data() == gradient.data() && place->shape() == gradient.shape()) {
      return Variable(std::move(value), place);
    }
  }
  gradients_.push_back(arena_.make<Gradient>(std::move(gradient)));
  places_.push_back(gradients_.back());
  return Variable(std::move(value), places_.back());
}

void Tape::backward(const Variable& output) {
  if (output.value().size() != 1) {
    fail(ErrorCode::kShape, text("backward: expected a single number, got shape ",
                                 output.shape().to_string(), "; give the gradient of it"));
  }
  backward(output, Tensor::full(output.shape(), 1));
}

void Tape::backward(const Variable& output, const Tensor& gradient) {
  if (!output.needs_gradient()) {
    fail(ErrorCode::kState, "backward: the result does not depend on anything that is learnt");
  }
  if (gradient.shape() != output.shape()) {
    fail(ErrorCode::kShape, text("backward: the result ", output.shape().to_string(),
                                 " and its gradient ", gradient.shape().to_string(), " differ"));
  }
  {
    const auto [to, accumulate] = output.gradient()->target();
    const real* const from = gradient.data();
    const Index count = gradient.size();
    if (!accumulate) std::fill_n(to, count, real(0));
    for (Index place = 0; place < count; ++place) to[place] += from[place];
  }

  for (; !steps_.empty(); steps_.pop_back()) {
    const Step& step = steps_.back();
    const auto scope = Profiler::Scope::backward(profiler_, step.section);
    if (Tensor dy = step.output->release()) step.run(step.rule, dy);
    step.drop(step.rule);
  }
  for (Gradient* const place : places_) {
    if (!place->arrived()) place->tensor().fill(0);
  }
}

void Tape::reset() {
  for (; !steps_.empty(); steps_.pop_back()) steps_.back().drop(steps_.back().rule);
  for (Gradient* const gradient : gradients_) gradient->~Gradient();
  gradients_.clear();
  places_.clear();
  arena_.rewind();
}

Gradient* Tape::make_gradient(const Shape& shape) {
  gradients_.push_back(arena_.make<Gradient>(shape));
  return gradients_.back();
}

}  // namespace deai::autograd
