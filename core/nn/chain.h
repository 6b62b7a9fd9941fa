#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/layer.h"

namespace deai::nn {

// Layers one after another, each with a name, within a layer.
class Chain {
 public:
  // name: of the layer's parameters within those of the whole; "" where it has none.
  void add(std::string_view name, std::unique_ptr<Layer> layer) {
    parts_.push_back({name, std::move(layer)});
  }
  bool empty() const { return parts_.empty(); }
  // As those of Layer; the results of all parts count as memory of the whole.
  Shape bind(Binding& binding, const Shape& input);
  void initialise(Random& random, const FirstWeights& first) const;
  Variable forward(Context& context, const ParameterView& parameters, Variable x) const;

 private:
  struct Part {
    std::string_view name;
    std::unique_ptr<Layer> layer;
  };
  std::vector<Part> parts_;
};

}  // namespace deai::nn
