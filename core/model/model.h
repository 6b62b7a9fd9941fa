#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/layer.h"
#include "task/task.h"

namespace deai::model {

using autograd::Variable;
using nn::Context;
using tensor::Tensor;

// What the layers remember of a sequence that a model is given piece by piece.
class Decoding {
 public:
  Index length() const { return length_; }  // steps that came already
  void clear() { *this = {}; }

 private:
  friend class Model;
  Index length_ = 0;
  std::vector<Tensor> memories_;  // of each layer
};

// The layers of a task, a graph in the order of the text, with their weights in one flat tensor and
// the gradients of the trained ones in another.
class Model {
 public:
  // Weights as model.seed says, bit-equal everywhere. Throws Error{kTask} that names the layer and
  // both shapes when the layers do not fit the data, each other or the loss, or need too much memory.
  explicit Model(const task::Task& task);

  // inputs: [N, input...] → outputs [N, output...], before softmax or sigmoid. The view is that of
  // trainable() or of judged(); gradients are gathered only where it has some.
  Variable forward(Context& context, const nn::ParameterView& parameters,
                   const Variable& inputs) const;

  // The next tokens of a sequence → the outputs [V] of the last of them: what forward() of the whole
  // sequence says there. Each token is looked at once: earlier keys and values, or states, are
  // remembered. context: not training. Throws Error{kState} where the sequence becomes longer than
  // most_steps(). Only for models that check_decodes() lets pass.
  Tensor decode(Context& context, const nn::ParameterView& parameters, Decoding& decoding,
                std::span<const std::int32_t> tokens) const;
  Index most_steps() const { return input_shape_[0]; }
  // Throws Error{kState} that names the layer whose results need the whole sequence.
  void check_decodes() const;

  nn::ParameterView trainable() const { return {&layout_, weights_, gradients_}; }
  // Without gradients; weights: those of this model, or a copy of them.
  nn::ParameterView judged(Tensor weights) const { return {&layout_, std::move(weights), {}}; }
  nn::ParameterView judged() const { return judged(weights_); }

  // All weights: trained, buffers, frozen (nn/parameters.h).
  std::span<real> weights() { return weights_.span(); }
  std::span<const real> weights() const { return weights_.span(); }
  // What the optimizer moves, and the gradients of that.
  std::span<real> trained() { return first(weights_, layout_.trained_size()); }
  std::span<real> gradients() { return gradients_.span(); }
  const nn::ParameterLayout& layout() const { return layout_; }
  std::span<const nn::Parameter> parameters() const { return layout_.parameters(); }
  // One line "name [shape] offset" per parameter: equal layouts have equal text.
  const std::string& layout_text() const { return layout_text_; }

  // One line per layer of the task, for who translates the model. Its fields, with tabs between:
  // name, kind, numbers of the layers whose results it takes (-1: the input), number of the layer
  // whose weight it shares (-1: none), shape of the result for one sample, pixels of the image that
  // this is, flattened (1: none), settings ("units=8 bias=1"; a word by itself).
  const std::string& structure_text() const { return structure_text_; }
  // "0 conv2d", "1 relu", …: the sections of a profile of forward().
  std::vector<std::string> layer_names() const;

  // Of one sample, without batch.
  const Shape& input_shape() const { return input_shape_; }
  const Shape& output_shape() const { return nodes_.back().shape; }
  // About how many multiplications a training step takes, counting those by weights: a third of
  // them forward, a third for each of both gradients.
  double step_multiplications() const {
    return 3 * static_cast<double>(multiplications_) * static_cast<double>(batch_size_);
  }
  // Of how many samples a training step may keep the results of all layers.
  Index most_samples() const;

 private:
  // A layer, and the nodes whose results it takes; −1: the model's input.
  struct Node {
    std::string_view kind;
    std::string name;
    std::unique_ptr<nn::Layer> layer;
    std::vector<Index> inputs;
    Shape shape;         // of its result for one sample
    Index pixels = 1;    // of the image that this is, flattened (nn::Binding)
    Index last_use = 0;  // the last node that takes its result
    Index uses = 0;      // how many take it
  };

  static std::span<real> first(Tensor& tensor, Index count) {
    return tensor.span().first(static_cast<std::size_t>(count));
  }
  void add_layer(const task::Layer& spec);
  // layers(index, inputs) → the result of each, in order; returns the last one.
  template <typename Layers>
  Variable run(const Variable& inputs, Context& context, const Layers& layers) const;
  Index find(std::string_view name) const;
  void pool_before_relu();
  Variable take(const Node& node, std::size_t place, std::size_t index,
                const Variable& inputs) const;
  const Shape& shape_of(Index node) const;
  Index pixels_of(std::span<const Index> nodes) const;
  void count_multiplications(const task::Layer& spec, const Shape& result, Index weights);
  void check_memory(std::size_t index) const;

  std::vector<Node> nodes_;
  mutable std::vector<Variable> results_;
  mutable std::vector<Variable> taken_;
  nn::ParameterLayout layout_;
  Shape input_shape_;
  Index batch_size_;
  std::uint64_t multiplications_ = 0;  // by weights, of one sample's forward pass
  std::uint64_t activations_ = 0;      // reals that a step of one sample keeps
  std::string layout_text_;
  std::string structure_text_;
  Tensor weights_;
  Tensor gradients_;
};

}  // namespace deai::model
