#include "ops/embedding.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "nn/initialise.h"
#include "nn/sequence.h"
#include "ops/add.h"

namespace deai::nn {

Shape Embedding::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() >= Shape::kMaxRank - 1) {
    binding.refuse("embedding", text("expected at most ", Shape::kMaxRank - 2, " axes, got ",
                                     input.to_string()));
  }
  const Shape shape{tokens_, width_};
  own_weight_ = binding.shared < 0;
  weight_ = own_weight_ ? binding.parameter("weight", shape) : binding.shared;
  if (const Shape& found = binding.layout.at(weight_).shape; found != shape) {
    binding.refuse("embedding", text("the weight that it shares is ", found.to_string(),
                                     ", expected ", shape.to_string()));
  }
  std::array<Index, Shape::kMaxRank> extents{};
  const auto rank = static_cast<std::size_t>(input.rank());
  std::ranges::copy(input.extents(), extents.begin());
  extents[rank] = width_;
  binding.pixels = 1;
  return Shape(std::span<const Index>(extents).first(rank + 1));
}

void Embedding::initialise(Random& random, const FirstWeights& first) const {
  if (own_weight_) small_uniform(random, first.at(weight_));
}

Variable Embedding::forward(Context& context, const ParameterView& parameters,
                            std::span<Variable> inputs) const {
  return ops::embedding(context, parameters.at(context, weight_), inputs.front().value());
}

Shape PositionalEmbedding::bind(Binding& binding, std::span<const Shape> inputs) {
  const Shape& input = inputs.front();
  if (input.rank() != 2) {
    binding.refuse("positional_embedding",
                   text("expected a sequence [T, E], got ", input.to_string()));
  }
  weight_ = binding.parameter("weight", input);
  return input;
}

void PositionalEmbedding::initialise(Random& random, const FirstWeights& first) const {
  small_uniform(random, first.at(weight_));
}

Variable PositionalEmbedding::add(Context& context, const ParameterView& parameters,
                                  const Variable& x, Index before) const {
  const Index steps = x.shape()[1];
  Tensor places({x.shape()[0], steps});
  for (Index i = 0; i < places.size(); ++i) {
    places.data()[i] = static_cast<real>(before + i % steps);
  }
  return ops::add(context, x, ops::embedding(context, parameters.at(context, weight_), places));
}

Variable PositionalEmbedding::forward(Context& context, const ParameterView& parameters,
                                      std::span<Variable> inputs) const {
  return add(context, parameters, inputs.front(), 0);
}

Variable PositionalEmbedding::step(Context& context, const ParameterView& parameters,
                                   std::span<Variable> inputs, const Steps& steps) const {
  return add(context, parameters, inputs.front(), steps.before);
}

}  // namespace deai::nn
