#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/real.h"

// task.json as plain structs. Everything that must be equal on all participants' machines stands
// here, preprocessing constants included: nothing is inferred from one participant's own data.
namespace deai::task {

// A column of numbers: x -> (x - mean) / deviation; an empty cell becomes `missing` before that.
struct NumberColumn {
  std::string name;
  double mean = 0;
  double deviation = 1;
  std::optional<double> missing;  // none: an empty cell is an error
};

// A column of categories, one-hot encoded in the order of `values`.
struct CategoryColumn {
  std::string name;
  std::vector<std::string> values;
  std::optional<std::string> missing;  // one of values; none: an empty cell is an error
};

using Column = std::variant<NumberColumn, CategoryColumn>;

struct TableData {
  std::vector<Column> columns;
  std::string label_column;
};

// How pictures are altered at random while training; nothing by default.
struct Augment {
  bool flip = false;      // left and right exchanged, every second time
  Index crop = 0;         // moved by up to so many pixels either way, in height and width
  double rotate = 0;      // turned by up to so many degrees either way
  double brightness = 0;  // multiplied by 1 - b to 1 + b; the others likewise:
  double contrast = 0;    // distance from the picture's mean grey
  double saturation = 0;  // distance from the pixel's grey

  bool operator==(const Augment&) const = default;
};

// Pixels p in 0..255 -> (p / 255 - mean[c]) / deviation[c].
struct ImageData {
  Index height = 0;
  Index width = 0;
  Index channels = 1;  // 1 grey, 3 red-green-blue
  std::vector<double> mean;
  std::vector<double> deviation;
  Augment augment = {};
};

// Text as tokens. A sample is `context` of them in a row, its labels the ones that follow each.
struct TextData {
  Index context = 0;
  // The characters that are tokens; their places are the tokens' numbers. Empty: the byte pairs of
  // GPT-2, which the shell makes of a text.
  std::string alphabet;
  // The character of the alphabet that stands for all others; none: they are an error.
  std::optional<std::string> unknown;
  Index vocabulary = 0;  // how many tokens there are
};

struct Data {
  std::variant<TableData, ImageData, TextData> input;
  // Names of the classes as they stand in the data; the index is the label. Empty: the label is a
  // number (regression).
  std::vector<std::string> classes;
};

// One of several kinds with every setting that its kind has (settings.h), in the table's order.
struct Choice {
  struct Setting {
    std::string_view name;  // of the table
    double value;           // a switch: 0 or 1; a word: its place among the words
  };

  std::string_view kind;  // of the table
  std::vector<Setting> settings;

  // A setting of this kind, by its name.
  double number(std::string_view setting) const;
  Index whole(std::string_view setting) const { return static_cast<Index>(number(setting)); }
  bool flag(std::string_view setting) const { return number(setting) != 0; }
};

struct Layer : Choice {
  std::string name;                 // empty: none
  std::vector<std::string> inputs;  // names of layers before, or "input"; empty: the one before
  std::string weights_of;           // the layer whose weight it shares; empty: its own
  bool frozen = false;              // its weights stay as they are
};

// A layer of that kind with the given settings and the defaults of all others.
Layer make_layer(std::string_view kind, std::span<const Layer::Setting> settings);
inline Layer make_layer(std::string_view kind,
                        std::initializer_list<Layer::Setting> settings = {}) {
  return make_layer(kind, std::span<const Layer::Setting>(settings.begin(), settings.size()));
}

// A model file beside task.json to begin with, as far as its tensors' names and shapes fit.
struct BaseWeights {
  std::string file;
  std::string blake2b;  // of its bytes, 256 bits, lower-case hex
};

struct ModelSpec {
  std::uint64_t seed = 0;  // of the initial weights
  std::optional<BaseWeights> weights;
  std::vector<Layer> layers;
};

enum class Loss : std::uint8_t {  // the places of loss_kinds()
  kSoftmaxCrossEntropy,
  kSigmoidBinaryCrossEntropy,
  kMeanSquaredError,
  kMeanAbsoluteError,
  kHuber
};

struct LossSpec {
  LossSpec(Loss kind_ = Loss::kSoftmaxCrossEntropy) : kind(kind_) {}
  bool has_classes() const { return kind <= Loss::kSigmoidBinaryCrossEntropy; }
  // Whether all samples weigh alike, so that the mean over a batch is that of its parts' means.
  bool even() const { return class_weights.empty() && !ignored; }

  Loss kind;
  double label_smoothing = 0;
  double delta = 1;                     // of Huber
  std::vector<double> class_weights;    // empty: all are 1
  std::optional<std::int32_t> ignored;  // the class whose samples count for nothing
};

struct Training {
  Index batch_size = 0;
  Choice optimizer;
  Choice schedule = {"constant", {{"warm_up", 0}}};
  double clip_norm = 0;  // of the whole gradient; 0: none
  Index accumulate = 1;  // batches of one step
  double ema = 0;        // what the average of weights keeps in a step; 0: no average
};

// How participants exchange what they learnt. Where there is no common model, this is said of a mesh;
// through a server such a room averages, too.
struct Exchange {
  bool gossips() const { return scheme != "mean"; }

  // "mean": one common model per round, the sample-weighted mean; otherwise a scheme of core/gossip
  // by its name: neighbours agree.
  std::string scheme = "mean";
  std::string codec = "f32";  // of mean, plain and choco, by its name in core/codec
  std::string topology;       // of gossip: who is whose neighbour
  std::uint32_t rank = 1;     // of power
  std::uint32_t iterations = 1;
  std::uint32_t bits = 8;               // of swarm
  Index local_steps = 50;               // optimizer steps between two exchanges
  std::int64_t deadline_ms = 30'000;    // a round waits no longer for an update
  std::uint32_t max_participants = 16;  // of one mesh
  // Of a federated room's members, that learn in a round: from 1 on so many, below 1 that share;
  // 0: all.
  double sample = 0;
  // Of mean: what a round does with the mean of all changes (aggregate/outer_step.h).
  Choice outer = {"average", {{"learning_rate", 1}}};
  // Likewise, FedProx: how strongly local steps are held at the round's beginning.
  double proximal = 0;
};

struct Task {
  std::string id;
  Data data;
  ModelSpec model;
  LossSpec loss;
  std::vector<Choice> metrics;  // what a model is judged by, beside its loss
  Training training;
  Exchange exchange;
};

// Reads and checks a task.json. Throws Error{kTask} whose text names the offending field by its
// path ("model.layers[2].units"), says what was found and what was expected. Fields for people
// (title, summary, ...) and for the sample are known, checked for type, and left to the shell.
Task parse(std::string_view json);

// The canonical bytes of what participants must agree on (everything but the fields for people,
// the metrics and the sample): sorted keys, no white space, one way to write everything. Its BLAKE2b is the task hash.
std::string canonical_text(const Task& task);

// A model's input for one sample: an image [H, W, C], a table's row [F], a text's tokens [T].
std::vector<Index> input_extents(const Task& task);
// Its output for one sample, as the loss and the labels ask for: [K], of a text [T, V].
std::vector<Index> output_extents(const Task& task);
// What a label can be: one of so many classes (of a text: its tokens); 0: a number.
Index class_count(const Data& data);
// 1; of a text one for each token.
Index labels_per_sample(const Data& data);

}  // namespace deai::task
