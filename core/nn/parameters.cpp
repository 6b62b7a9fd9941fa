#include "nn/parameters.h"

#include <utility>

#include "base/error.h"

namespace deai::nn {

namespace {

// What a browser's page can be expected to hold: 256 MiB of weights (and as much again for their
// gradients and each state of the optimizer).
constexpr Index kMostWeights = 1 << 26;

}  // namespace

Index ParameterLayout::add(std::string name, const Shape& shape, Section section, Index pixels) {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) {
      fail(ErrorCode::kInternal, text("two parameters are named ", name));
    }
  }
  // A shape has at most 2^30 elements: this does not overflow.
  const Index total = size() + shape.size();
  if (total > kMostWeights) {
    fail(ErrorCode::kTask, text("with ", name, " ", shape.to_string(), " the model has ", total,
                                " weights, expected at most ", kMostWeights));
  }
  Index& size = section == Section::kTrained  ? trained_
                : section == Section::kBuffer ? buffers_
                                              : frozen_;
  parameters_.push_back({std::move(name), shape, section, 0, pixels});
  size += shape.size();
  return static_cast<Index>(parameters_.size()) - 1;
}

void ParameterLayout::finish() {
  Index next[] = {0, trained_, trained_ + buffers_};
  for (Parameter& parameter : parameters_) {
    Index& offset = next[static_cast<std::size_t>(parameter.section)];
    parameter.offset = offset;
    offset += parameter.shape.size();
  }
}

Tensor ParameterView::tensor(Index number) const {
  const Parameter& parameter = layout->at(number);
  return weights.part(parameter.offset, parameter.shape);
}

Variable ParameterView::at(autograd::Context& context, Index number) const {
  const Parameter& parameter = layout->at(number);
  Tensor value = weights.part(parameter.offset, parameter.shape);
  if (!gradients || parameter.section != Section::kTrained) return Variable(std::move(value));
  return context.tape.parameter(std::move(value),
                                gradients.part(parameter.offset, parameter.shape));
}

}  // namespace deai::nn
