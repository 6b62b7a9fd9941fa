#include "model/model.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "model/layers.h"
#include "task/layer_kinds.h"

namespace deai::model {
namespace {

// What a browser's page can be expected to hold: 512 MiB for the results of a step's layers.
constexpr std::uint64_t kMaxActivations = std::uint64_t{1} << 27;
constexpr Index kModelInput = -1;

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

std::string numbers_text(std::span<const Index> numbers) {
  std::string out;
  for (const Index number : numbers) {
    if (!out.empty()) out += ',';
    out += to_text(static_cast<long long>(number));
  }
  return out;
}

std::string settings_text(const task::Layer& layer) {
  const std::span<const task::SettingRule> rules = task::layer_kind(layer.kind).settings;
  std::string out;
  for (std::size_t at = 0; at < rules.size(); ++at) {
    const auto& [name, value] = layer.settings[at];
    if (!out.empty()) out += ' ';
    out += text(name, '=');
    if (rules[at].words.empty()) {
      out += exact_text(value);
    } else {
      out += rules[at].words[static_cast<std::size_t>(value)];
    }
  }
  return out;
}

}  // namespace

Model::Model(const task::Task& task)
    : input_shape_(task::input_extents(task)), batch_size_(task.training.batch_size) {
  for (const task::Layer& spec : task.model.layers) add_layer(spec);
  const Shape wanted(task::output_extents(task));
  if (output_shape() != wanted) {
    fail(ErrorCode::kTask,
         text("model.layers[", nodes_.size() - 1, "]: the model's output is ",
              output_shape().to_string(), " per sample, but the loss and the classes need ",
              wanted.to_string()));
  }
  pool_before_relu();
  layout_.finish();
  layout_text_ = describe(layout_.parameters());
  weights_ = Tensor::zeros({layout_.size()});
  gradients_ = Tensor::zeros({layout_.trained_size()});
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    // One stream per layer: a layer's first weights do not depend on the layers before it.
    Random random(task.model.seed, index);
    nodes_[index].layer->initialise(random, {layout_, weights_.span()});
  }
}

// relu, then the largest of each window is the same number as the largest of each window, then relu,
// and so are the gradients; but relu then works on the smaller result, and the larger one need not
// be kept for its gradient.
void Model::pool_before_relu() {
  for (std::size_t index = 0; index + 1 < nodes_.size(); ++index) {
    Node& relu = nodes_[index];
    Node& pool = nodes_[index + 1];
    const auto here = static_cast<Index>(index);
    if (relu.kind != "relu" || pool.kind != "max_pool2d" || relu.last_use != here + 1 ||
        pool.inputs.front() != here || relu.uses != 1) {
      continue;
    }
    std::swap(relu.layer, pool.layer);
    std::swap(relu.kind, pool.kind);
    relu.shape = pool.shape;
  }
}

Index Model::find(std::string_view name) const {
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    if (nodes_[index].name == name) return static_cast<Index>(index);
  }
  return kModelInput;  // task::parse knows no other name
}

const Shape& Model::shape_of(Index node) const {
  return node == kModelInput ? input_shape_ : nodes_[static_cast<std::size_t>(node)].shape;
}

// Of several results only when all of them are flattened images of that size.
Index Model::pixels_of(std::span<const Index> nodes) const {
  Index pixels = 0;
  for (const Index node : nodes) {
    const Index one = node == kModelInput ? 1 : nodes_[static_cast<std::size_t>(node)].pixels;
    pixels = pixels == 0 || pixels == one ? one : 1;
  }
  return pixels;
}

void Model::add_layer(const task::Layer& spec) {
  const std::size_t index = nodes_.size();
  Node node{
      .kind = spec.kind, .name = spec.name, .layer = make_layer(spec), .inputs = {}, .shape = {}};
  if (spec.inputs.empty()) {
    node.inputs.push_back(static_cast<Index>(index) - 1);
  } else {
    for (const std::string& name : spec.inputs) node.inputs.push_back(find(name));
  }
  std::vector<Shape> shapes;
  for (const Index input : node.inputs) {
    shapes.push_back(shape_of(input));
    if (input == kModelInput) continue;
    nodes_[static_cast<std::size_t>(input)].last_use = static_cast<Index>(index);
    ++nodes_[static_cast<std::size_t>(input)].uses;
  }
  const Index weights_before = layout_.size();
  nn::Binding binding{
      .layout = layout_,
      .name = spec.name.empty() ? to_text(static_cast<long long>(index)) : spec.name,
      .frozen = spec.frozen,
      .pixels = pixels_of(node.inputs)};
  try {
    if (!spec.weights_of.empty()) {
      const Index of = find(spec.weights_of);
      binding.shared =
          of == kModelInput ? -1 : nodes_[static_cast<std::size_t>(of)].layer->weight();
      if (binding.shared < 0)
        binding.refuse(spec.kind, text("there is no weight to share in ", spec.weights_of));
    }
    node.shape = node.layer->bind(binding, shapes);
    if (binding.shared >= 0 && node.layer->weight() != binding.shared) {
      binding.refuse(spec.kind, "it cannot share the weight of another layer");
    }
    if (node.shape.rank() == 1) node.pixels = binding.pixels;
  } catch (const Error& error) {
    // The layer's own text has the shapes; here is known where it stands in the task, whose
    // author is to blame also for shapes that are too large.
    fail(ErrorCode::kTask, text("model.layers[", index, "]: ", error.text()));
  }
  activations_ += size_of(node.shape) + binding.inner;
  const Index of = spec.weights_of.empty() ? -1 : find(spec.weights_of);
  structure_text_ +=
      text(binding.name, '\t', node.kind, '\t', numbers_text(node.inputs), '\t', of, '\t',
           numbers_text(node.shape.extents()), '\t', node.pixels, '\t', settings_text(spec), '\n');
  count_multiplications(spec, node.shape, layout_.size() - weights_before);
  nodes_.push_back(std::move(node));
  check_memory(index);
}

// Every weight meets every place of the result (a pixel, a token); but a table's rows are picked.
void Model::count_multiplications(const task::Layer& spec, const Shape& result, Index weights) {
  if (spec.kind == "embedding" || result.rank() == 0) return;
  const auto places =
      size_of(result) / std::max<std::uint64_t>(static_cast<std::uint64_t>(result[-1]), 1);
  multiplications_ += static_cast<std::uint64_t>(weights) * places;
}

void Model::check_memory(std::size_t index) const {
  if (const auto kept = activations_ * static_cast<std::uint64_t>(batch_size_);
      kept > kMaxActivations) {
    fail(ErrorCode::kTask, text("model.layers[", index, "]: a step of ", batch_size_,
                                " samples keeps ", kept, " numbers up to here, expected at most ",
                                kMaxActivations, ": make batch_size or the layers smaller"));
  }
}

std::vector<std::string> Model::layer_names() const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) {
    const std::string name =
        node.name.empty() ? to_text(static_cast<long long>(names.size())) : node.name;
    names.push_back(text(name, ' ', node.kind));
  }
  return names;
}

Index Model::most_samples() const {
  return static_cast<Index>(kMaxActivations / std::max<std::uint64_t>(activations_, 1));
}

// What nobody takes afterwards is moved: the layer may work in place, and nothing is kept too long.
Variable Model::take(const Node& node, std::size_t place, std::size_t index,
                     const Variable& inputs) const {
  const Index input = node.inputs[place];
  if (input == kModelInput) return inputs;
  Variable& result = results_[static_cast<std::size_t>(input)];
  const auto rest = std::span(node.inputs).subspan(place + 1);
  const bool again = std::find(rest.begin(), rest.end(), input) != rest.end();
  const Index last_use = nodes_[static_cast<std::size_t>(input)].last_use;
  if (again || last_use != static_cast<Index>(index)) return result;
  return std::exchange(result, Variable());
}

template <typename Layers>
Variable Model::run(const Variable& inputs, Context& context, const Layers& layers) const {
  // Members, so that a step asks for no memory; empty between calls.
  std::vector<Variable>& taken = taken_;
  results_.resize(nodes_.size());
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    const Node& node = nodes_[index];
    taken.clear();
    for (std::size_t place = 0; place < node.inputs.size(); ++place) {
      taken.push_back(take(node, place, index, inputs));
    }
    const autograd::Profiler::Scope scope(context.tape.profiler(), static_cast<Index>(index));
    results_[index] = layers(index, taken);
  }
  taken.clear();
  return std::exchange(results_.back(), Variable());
}

Variable Model::forward(Context& context, const nn::ParameterView& parameters,
                        const Variable& inputs) const {
  return run(inputs, context, [&](std::size_t index, std::span<Variable> taken) {
    return nodes_[index].layer->forward(context, parameters, taken);
  });
}

Tensor Model::decode(Context& context, const nn::ParameterView& parameters, Decoding& decoding,
                     std::span<const std::int32_t> tokens) const {
  const auto count = static_cast<Index>(tokens.size());
  if (count < 1 || count > most_steps() - decoding.length_) {
    fail(ErrorCode::kState, text("a sequence of this model has at most ", most_steps(), " steps; ",
                                 decoding.length_, " came already and ", count, " are to follow"));
  }
  Tensor input({1, count});
  std::ranges::transform(tokens, input.data(), [](auto one) { return static_cast<real>(one); });
  decoding.memories_.resize(nodes_.size());
  const Variable outputs =
      run(Variable(std::move(input)), context, [&](std::size_t index, std::span<Variable> taken) {
        return nodes_[index].layer->step(context, parameters, taken,
                                         {decoding.length_, decoding.memories_[index]});
      });
  decoding.length_ += count;
  const Index width = outputs.shape()[-1];
  return outputs.value().part(outputs.shape().size() - width, {width});
}

void Model::check_decodes() const {
  for (const Node& node : nodes_) {
    if (node.layer->in_steps()) continue;
    fail(ErrorCode::kState, text("this model cannot continue a sequence: a layer of the kind ",
                                 node.kind, " needs all of it (for attention: \"causal\": true)"));
  }
}

}  // namespace deai::model
