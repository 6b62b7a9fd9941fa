#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/context.h"
#include "base/random.h"
#include "base/shape.h"

namespace deai::nn {

using autograd::Context;
using autograd::Variable;
using tensor::Tensor;

struct Parameter {
  std::string name;  // as PyTorch would name it: "0.weight"
  Shape shape;
  Index offset;  // of its first element in the flat weights
};

// Which parameter lies where in the one flat span of weights; the gradients lie likewise.
class ParameterLayout {
 public:
  // Appends a parameter; returns its offset. Names are unique.
  Index add(std::string name, const Shape& shape);
  std::span<const Parameter> parameters() const { return parameters_; }
  Index size() const { return size_; }

 private:
  std::vector<Parameter> parameters_;
  Index size_ = 0;
};

// The flat weights and, where gradients are wanted, the flat gradients (otherwise a default
// tensor). Gradients are added to what stands there: their owner sets them to zero before a step.
struct ParameterView {
  Tensor weights;
  Tensor gradients;

  // The variable of one parameter.
  Variable at(Context& context, Index offset, const Shape& shape) const;
};

// Parameters and ops. A layer is bound once, before anything else is asked of it.
class Layer {
 public:
  virtual ~Layer() = default;

  // Declares the parameters as name + ".weight" and so on, checks the settings against the input,
  // and returns the shape of the result. Both shapes are those of one sample, without batch.
  virtual Shape bind(ParameterLayout& layout, std::string_view name, const Shape& input) = 0;
  // Writes the first weights of this layer into the flat weights of the whole model. Uses only +
  // and x on counter-based random numbers: the same bits on every machine.
  virtual void initialise(Random& /*random*/, std::span<real> /*weights*/) const {}
  // x: [N, input...] → [N, result...].
  virtual Variable forward(Context& context, const ParameterView& parameters,
                           const Variable& x) const = 0;
};

}  // namespace deai::nn
