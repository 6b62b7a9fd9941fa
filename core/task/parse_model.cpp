#include "task/layer_kinds.h"
#include "task/parse.h"

namespace deai::task {
namespace {

constexpr std::size_t kMaxLayers = 256;
constexpr std::uint64_t kLargestSeed = (std::uint64_t{1} << 53) - 1;  // exact in JavaScript
constexpr std::string_view kModelInput = "input";
// What every layer may have beside its own settings.
constexpr std::string_view kCommon[] = {"kind", "name", "input", "inputs", "weights_of", "frozen"};

const LayerKind& kind_of(const json::Value& value) {
  const std::string name = value.text(1, 64);
  std::vector<std::string_view> known;
  for (const LayerKind& kind : layer_kinds()) {
    if (kind.name == name) return kind;
    known.push_back(kind.name);
  }
  refuse_word(value, known);
}

// A name that other layers may use. No dots: the names of weights have them.
std::string read_name(const json::Value& value) {
  std::string name = value.text(1, 64);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain) value.refuse("only the characters a-z, A-Z, 0-9 and _");
  // Layers without a name have their number for one.
  if (name.front() >= '0' && name.front() <= '9') value.refuse("a name that begins with a letter");
  return name;
}

class LayerReader {
 public:
  Layer read(const json::Value& value) {
    const LayerKind& kind = kind_of(value.member("kind"));
    std::vector<std::string_view> known(std::begin(kCommon), std::end(kCommon));
    for (const SettingRule& rule : kind.settings) known.push_back(rule.name);
    const json::Fields fields(value, known);
    Layer layer;
    layer.kind = kind.name;
    layer.inputs = read_inputs(value, fields, kind);
    if (fields["weights_of"].present()) layer.weights_of = read_known(fields["weights_of"]);
    if (fields["frozen"].present()) layer.frozen = fields["frozen"].flag();
    layer.settings = read_settings(fields, kind.settings);
    if (fields["name"].present()) {
      layer.name = read_name(fields["name"]);
      if (is_known(layer.name)) fields["name"].fail("this name stands here twice");
      names_.push_back(layer.name);
    }
    return layer;
  }

 private:
  bool is_known(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  std::string read_known(const json::Value& value) const {
    std::string name = value.text(1, 64);
    if (!is_known(name)) refuse_word(value, {names_.begin(), names_.end()});
    return name;
  }
  std::vector<std::string> read_inputs(const json::Value& value, const json::Fields& fields,
                                       const LayerKind& kind) const {
    if (kind.most_inputs == 1) {
      if (fields["inputs"].present()) {
        fields["inputs"].fail(text("a layer of the kind ", json::quoted(kind.name),
                                   " has one input; name it by \"input\""));
      }
      if (!fields["input"].present()) return {};
      return {read_known(fields["input"])};
    }
    if (fields["input"].present()) {
      value.fail(text("a layer of the kind ", json::quoted(kind.name),
                      " has several inputs; name them by \"inputs\""));
    }
    std::vector<std::string> inputs;
    for (const json::Value& item : fields["inputs"].items(kind.fewest_inputs, kind.most_inputs)) {
      inputs.push_back(read_known(item));
    }
    return inputs;
  }

  std::vector<std::string> names_{std::string(kModelInput)};  // so far
};

BaseWeights read_weights(const json::Value& value) {
  const json::Fields fields(value, {"file", "blake2b"});
  BaseWeights weights{read_path(fields["file"]), fields["blake2b"].text(64, 64)};
  const bool hex = std::ranges::all_of(
      weights.blake2b, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!hex) fields["blake2b"].refuse("64 digits of 0-9 and a-f");
  return weights;
}

}  // namespace

ModelSpec read_model(const json::Value& value) {
  const json::Fields fields(value, {"seed", "weights", "layers"});
  ModelSpec model;
  model.seed = fields["seed"].whole(0, kLargestSeed);
  if (fields["weights"].present()) model.weights = read_weights(fields["weights"]);
  LayerReader reader;
  for (const json::Value& layer : fields["layers"].items(1, kMaxLayers)) {
    model.layers.push_back(reader.read(layer));
  }
  return model;
}

}  // namespace deai::task
