#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/layer.h"
#include "task/task.h"

namespace deai::model {

using autograd::Context;
using autograd::Variable;
using tensor::Tensor;

// The layers of a task with their weights in one flat tensor and the gradients in another.
class Model {
 public:
  // Weights as model.seed says, bit-equal everywhere. Throws Error{kTask} that names the layer and
  // both shapes when the layers do not fit the data, each other or the loss, or need too much memory.
  explicit Model(const task::Task& task);

  // inputs: [N, input...] → outputs [N, output size], before softmax or sigmoid. weights: those of
  // this model or a copy of them; gradients are gathered only where the view has some.
  Variable forward(Context& context, const nn::ParameterView& parameters,
                   const Variable& inputs) const;

  nn::ParameterView trainable() const { return {weights_, gradients_}; }
  std::span<real> weights() { return weights_.span(); }
  std::span<const real> weights() const { return weights_.span(); }
  std::span<real> gradients() { return gradients_.span(); }

  // Of one sample, without batch.
  const Shape& input_shape() const { return input_shape_; }
  // Of how many samples a training step may keep the results of all layers.
  Index most_samples() const;

  std::span<const nn::Parameter> parameters() const { return layout_.parameters(); }
  // One line "name [shape] offset" per parameter: equal layouts have equal text.
  const std::string& layout_text() const { return layout_text_; }

 private:
  void add_layer(const task::Layer& spec, std::size_t index);
  void check_memory(std::size_t index, std::uint64_t weights) const;

  std::vector<std::unique_ptr<nn::Layer>> layers_;
  nn::ParameterLayout layout_;
  Shape input_shape_;
  Shape shape_;  // of one sample, after the layers so far
  Index batch_size_;
  std::uint64_t activations_ = 0;  // reals that a step of one sample keeps
  std::string layout_text_;
  Tensor weights_;
  Tensor gradients_;
};

}  // namespace deai::model
