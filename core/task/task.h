#pragma once

#include <cstdint>
#include <optional>
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

// Pixels p in 0..255 -> (p / 255 - mean[c]) / deviation[c].
struct ImageData {
  Index height = 0;
  Index width = 0;
  Index channels = 1;  // 1 grey, 3 red-green-blue
  std::vector<double> mean;
  std::vector<double> deviation;
};

struct Data {
  std::variant<TableData, ImageData> input;
  // Names of the classes as they stand in the data; the index is the label. Empty: the label is a
  // number (regression).
  std::vector<std::string> classes;
};

struct DenseLayer {
  Index units = 0;
};
struct Conv2dLayer {
  Index filters = 0;
  Index kernel = 0;
  Index stride = 1;
  Index padding = 0;
  Index groups = 1;
};
struct DepthwiseConv2dLayer {
  Index kernel = 0;
  Index stride = 1;
  Index padding = 0;
  Index multiplier = 1;  // filters per channel
};
struct MaxPool2dLayer {
  Index size = 2;
  Index stride = 2;
};
struct AvgPool2dLayer {
  Index size = 2;
  Index stride = 2;
  Index padding = 0;  // at most half of the size
};
struct GlobalAvgPool2dLayer {};
struct ReluLayer {};
struct DropoutLayer {
  double rate = 0;
};
struct FlattenLayer {};

using Layer =
    std::variant<DenseLayer, Conv2dLayer, DepthwiseConv2dLayer, MaxPool2dLayer, AvgPool2dLayer,
                 GlobalAvgPool2dLayer, ReluLayer, DropoutLayer, FlattenLayer>;

struct ModelSpec {
  std::uint64_t seed = 0;  // of the initial weights
  std::vector<Layer> layers;
};

enum class Loss { kSoftmaxCrossEntropy, kSigmoidBinaryCrossEntropy, kMeanSquaredError };

struct SgdSpec {
  double learning_rate = 0;
  double momentum = 0;
  double weight_decay = 0;
};
struct AdamWSpec {
  double learning_rate = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};
using OptimizerSpec = std::variant<SgdSpec, AdamWSpec>;

struct Training {
  Index batch_size = 0;
  OptimizerSpec optimizer;
};

// How participants exchange what they learnt.
struct Exchange {
  std::string scheme = "mean";          // one common model per round, the sample-weighted mean
  Index local_steps = 50;               // optimizer steps between two exchanges
  std::int64_t deadline_ms = 30'000;    // a round waits no longer for an update
  std::uint32_t max_participants = 16;  // of one mesh
};

struct Task {
  std::string id;
  Data data;
  ModelSpec model;
  Loss loss = Loss::kSoftmaxCrossEntropy;
  Training training;
  Exchange exchange;
};

// Reads and checks a task.json. Throws Error{kTask} whose text names the offending field by its
// path ("model.layers[2].units"), says what was found and what was expected. Fields for people
// (title, summary, ...) and for the sample are known, checked for type, and left to the shell.
Task parse(std::string_view json);

// The canonical bytes of what participants must agree on (everything but the fields for people
// and the sample): sorted keys, no white space, defaults filled in. Its BLAKE2b is the task hash.
std::string canonical_text(const Task& task);

// Number of model inputs per sample as the extents [H, W, C] of an image or [F] of a table row.
std::vector<Index> input_extents(const Task& task);
// Number of model outputs per sample that the loss and the classes ask for.
Index output_size(const Task& task);

}  // namespace deai::task
