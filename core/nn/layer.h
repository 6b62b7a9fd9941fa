#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "nn/parameters.h"

namespace deai::nn {

using autograd::Context;

// What a layer is bound with: where its parameters go, and under which name.
struct Binding {
  ParameterLayout& layout;
  std::string name;     // "3", or "3.attention" of a layer within a layer
  bool frozen = false;  // its parameters are not trained
  Index shared = -1;    // the parameter that serves as its weight; -1: its own
  // How many numbers a sample's results within the layer are; what bind() adds counts as memory.
  std::uint64_t inner = 0;
  // Of the image that was flattened to the input, and then of the one that was to the result; 1:
  // there was none. A layer that gives its features another order or meaning sets it.
  Index pixels = 1;

  // pixel_count: see Parameter::pixels.
  Index parameter(std::string_view field, const Shape& shape, Index pixel_count = 1) const {
    return add(field, shape, frozen ? Section::kFrozen : Section::kTrained, pixel_count);
  }
  Index buffer(std::string_view field, const Shape& shape, Index pixel_count = 1) const {
    return add(field, shape, frozen ? Section::kFrozen : Section::kBuffer, pixel_count);
  }
  Binding inside(std::string_view part) const;
  // Throws Error{kTask}: "layer 3 (kind): text".
  [[noreturn]] void refuse(std::string_view kind, std::string_view reason) const;

 private:
  Index add(std::string_view field, const Shape& shape, Section section, Index pixel_count) const;
};

// The first weights of a model, parameter by parameter.
struct FirstWeights {
  const ParameterLayout& layout;
  std::span<real> weights;
  std::span<real> at(Index number) const;
};

// Parameters and ops. A layer is bound once, before anything else is asked of it.
class Layer {
 public:
  virtual ~Layer() = default;

  // Declares the parameters, checks the settings against the inputs, and returns the shape of the
  // result. All shapes are those of one sample, without batch.
  virtual Shape bind(Binding& binding, std::span<const Shape> inputs) = 0;
  // Writes the first weights of this layer. Uses only + and x on counter-based random numbers: the
  // same bits on every machine.
  virtual void initialise(Random& /*random*/, const FirstWeights& /*first*/) const {}
  // inputs: [N, input...] each → [N, result...]. A layer may move them on: whoever calls keeps a
  // copy of what it needs afterwards, and an op may then work in place.
  virtual Variable forward(Context& context, const ParameterView& parameters,
                           std::span<Variable> inputs) const = 0;
  // The parameter that another layer may share as its weight; -1: none.
  virtual Index weight() const { return -1; }

  // Whether a sequence can be given to the layer piece by piece: no step depends on a later one.
  virtual bool in_steps() const { return false; }
  struct Steps {
    Index before;    // how many steps of the sequence came already
    Tensor& memory;  // what the layer remembers of them; without elements at first
  };
  // The same as forward() for the next steps of a single sequence [1, T, ...]. No gradients, no
  // training.
  virtual Variable step(Context& context, const ParameterView& parameters,
                        std::span<Variable> inputs, const Steps& /*steps*/) const {
    return forward(context, parameters, inputs);
  }
};

}  // namespace deai::nn
