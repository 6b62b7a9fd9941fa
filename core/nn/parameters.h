#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/context.h"
#include "base/shape.h"

namespace deai::nn {

using autograd::Variable;
using tensor::Tensor;

// Where in the flat weights a parameter stands, in this order: first what the optimizer moves, then
// what training keeps beside (batch norm's running mean), then what stays as it is. What
// participants exchange is the first two.
enum class Section : std::uint8_t { kTrained, kBuffer, kFrozen };

struct Parameter {
  std::string name;  // as PyTorch would name it: "0.weight"
  Shape shape;
  Section section;
  Index offset;  // of its first element in the flat weights; known once the layout is finished
  // Its numbers stand [.., pixels, channels] here, and [.., channels, pixels] in PyTorch and its
  // files: kernels of convolutions, and what reads a flattened image. 1: as here.
  Index pixels = 1;
};

// Which parameter lies where in the one flat span of weights. Layers name their parameters by the
// numbers that add() gives them.
class ParameterLayout {
 public:
  // Names are unique. Throws Error{kTask} when the weights become more than `most`.
  Index add(std::string name, const Shape& shape, Section section, Index pixels = 1);
  // Gives every parameter its place.
  void finish();

  // In the order in which they were added.
  std::span<const Parameter> parameters() const { return parameters_; }
  const Parameter& at(Index number) const { return parameters_[static_cast<std::size_t>(number)]; }
  // Weights of all sections, of the first one, and of the first two.
  Index size() const { return trained_ + buffers_ + frozen_; }
  Index trained_size() const { return trained_; }
  Index exchanged_size() const { return trained_ + buffers_; }

 private:
  std::vector<Parameter> parameters_;
  Index trained_ = 0;
  Index buffers_ = 0;
  Index frozen_ = 0;
};

// The flat weights and, where gradients are wanted, the flat gradients of the trained ones
// (otherwise a default tensor). A way back leaves in them the gradient of what it
// came from, whatever stood there.
struct ParameterView {
  const ParameterLayout* layout;
  Tensor weights;
  Tensor gradients;

  // The variable of a parameter; a constant where it is not trained.
  Variable at(autograd::Context& context, Index number) const;
  // The elements of a parameter, shared: what is written there stays.
  Tensor tensor(Index number) const;
};

}  // namespace deai::nn
