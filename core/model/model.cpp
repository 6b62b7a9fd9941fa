#include "model/model.h"

#include <algorithm>

#include "base/error.h"
#include "model/layers.h"

namespace deai::model {
namespace {

// What a browser's page can be expected to hold: 256 MiB of weights (and as much again for their
// gradients and each state of the optimizer), 512 MiB for the results of a step's layers.
constexpr std::uint64_t kMaxWeights = std::uint64_t{1} << 26;
constexpr std::uint64_t kMaxActivations = std::uint64_t{1} << 27;

// Unlike Shape::size() it cannot overflow on machines of 32 bits.
std::uint64_t size_of(const Shape& shape) {
  std::uint64_t size = 1;
  for (const Index extent : shape.extents()) size *= static_cast<std::uint64_t>(extent);
  return size;
}

std::string describe(std::span<const nn::Parameter> parameters) {
  std::string out;
  for (const nn::Parameter& parameter : parameters) {
    out += text(parameter.name, ' ', parameter.shape.to_string(), ' ', parameter.offset, '\n');
  }
  return out;
}

}  // namespace

Model::Model(const task::Task& task)
    : input_shape_(task::input_extents(task)),
      shape_(input_shape_),
      batch_size_(task.training.batch_size) {
  const std::vector<task::Layer>& specs = task.model.layers;
  for (std::size_t index = 0; index < specs.size(); ++index) add_layer(specs[index], index);
  const Shape wanted{task::output_size(task)};
  if (shape_ != wanted) {
    fail(ErrorCode::kTask,
         text("model.layers[", specs.size() - 1, "]: the model's output is ", shape_.to_string(),
              " per sample, but the loss and the classes need ", wanted.to_string()));
  }
  layout_text_ = describe(layout_.parameters());
  weights_ = Tensor::zeros({layout_.size()});
  gradients_ = Tensor::zeros({layout_.size()});
  for (std::size_t index = 0; index < layers_.size(); ++index) {
    // One stream per layer: a layer's first weights do not depend on the layers before it.
    Random random(task.model.seed, index);
    layers_[index]->initialise(random, weights_.span());
  }
}

void Model::add_layer(const task::Layer& spec, std::size_t index) {
  LayerEntry entry = layer_entry(spec, shape_);
  check_memory(index, entry.weights);
  const std::string name = to_text(static_cast<long long>(index));
  try {
    shape_ = entry.layer->bind(layout_, name, shape_);
  } catch (const Error& error) {
    // The layer's own text has the shapes; here is known where it stands in the task.
    fail(error.code(), text("model.layers[", index, "]: ", error.text()));
  }
  layers_.push_back(std::move(entry.layer));
  activations_ += size_of(shape_);
  check_memory(index, 0);
}

void Model::check_memory(std::size_t index, std::uint64_t weights) const {
  const std::uint64_t total = static_cast<std::uint64_t>(layout_.size()) + weights;
  if (total > kMaxWeights) {
    fail(ErrorCode::kTask, text("model.layers[", index, "]: the model has ", total,
                                " weights up to here, expected at most ", kMaxWeights));
  }
  if (const auto kept = activations_ * static_cast<std::uint64_t>(batch_size_);
      kept > kMaxActivations) {
    fail(ErrorCode::kTask, text("model.layers[", index, "]: a step of ", batch_size_,
                                " samples keeps ", kept, " numbers up to here, expected at most ",
                                kMaxActivations, ": make batch_size or the layers smaller"));
  }
}

Index Model::most_samples() const {
  return static_cast<Index>(kMaxActivations / std::max<std::uint64_t>(activations_, 1));
}

Variable Model::forward(Context& context, const nn::ParameterView& parameters,
                        const Variable& inputs) const {
  Variable x = inputs;
  for (const auto& layer : layers_) x = layer->forward(context, parameters, x);
  return x;
}

}  // namespace deai::model
