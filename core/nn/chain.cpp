#include "nn/chain.h"

namespace deai::nn {

Shape Chain::bind(Binding& binding, const Shape& input) {
  Shape shape = input;
  for (const Part& part : parts_) {
    Binding inside = part.name.empty() ? binding : binding.inside(part.name);
    inside.inner = 0;
    shape = part.layer->bind(inside, {&shape, 1});
    binding.inner += inside.inner + static_cast<std::uint64_t>(shape.size());
  }
  return shape;
}

void Chain::initialise(Random& random, const FirstWeights& first) const {
  for (const Part& part : parts_) part.layer->initialise(random, first);
}

Variable Chain::forward(Context& context, const ParameterView& parameters, Variable x) const {
  for (const Part& part : parts_) {
    Variable input = std::move(x);
    x = part.layer->forward(context, parameters, {&input, 1});
  }
  return x;
}

}  // namespace deai::nn
