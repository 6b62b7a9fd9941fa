#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "nn/layer.h"
#include "task/tensor_index.h"

// The safetensors format: u64 header length, a JSON header (name → dtype, shape, place), then the
// numbers, little-endian. Names, shapes and the order of the numbers are those that PyTorch has in
// a state_dict: kernels of convolutions [O, I, H, W] (nn::Parameter::pixels).
namespace deai::model {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// What a file holds beside a model's parameters.
struct FileTensor {
  std::string name;
  std::string_view dtype;
  std::vector<std::uint64_t> shape;
  Bytes bytes;
};

// Of F32. The metadata begins with "format": "pt", by which other programs know whose names and
// layouts these are.
Bytes write_safetensors(std::span<const nn::Parameter> parameters, std::span<const real> weights,
                        const Metadata& metadata, std::span<const FileTensor> others = {});

struct ReadOptions {
  // Exactly the model's parameters are expected. Otherwise what the file lacks keeps its numbers,
  // and what the model lacks or has in another shape is left.
  bool strict = true;
  // How the names begin that are wanted; empty: all. The others are left, and strict does not ask
  // for them.
  std::vector<std::string> only = {};
  // Names of parameters that must be read in any case.
  std::vector<std::string> needed = {};
};

// Names of parameters; those of the file that were left with the reason: "7.weight: has the …".
struct ReadReport {
  std::vector<std::string> read;
  std::vector<std::string> kept;
  std::vector<std::string> left;
};

// A file that a stranger may have made, checked on opening: tensors of known types cover its bytes
// without gap or overlap, each as large as its shape says. Lives no longer than its bytes. All
// throws are Error{kFile} that name the tensor and say what was expected.
class TensorFile {
 public:
  explicit TensorFile(ByteView file);

  // A field of the metadata, "" where there is none.
  std::string_view field(std::string_view name) const;
  // A tensor of this type, which must be there.
  ByteView tensor(std::string_view name, std::string_view dtype) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Into all weights, in the order of the layout. Types F32, F16, BF16; numbers must be finite.
  // After a throw weights may be half written: read into a copy.
  ReadReport read(std::span<const nn::Parameter> parameters, std::span<real> weights,
                  const ReadOptions& options = {}) const;

 private:
  void check_places() const;
  const task::TensorEntry* find(std::string_view name) const;
  ByteView bytes_of(const task::TensorEntry& entry) const;
  void read(const task::TensorEntry& entry, const nn::Parameter& parameter,
            std::span<real> to) const;

  task::TensorIndex index_;
  ByteView numbers_;  // what follows the header
};

// Names that begin like this are a checkpoint's own (session/checkpoint.h), no parameters.
inline constexpr std::string_view kTrainingState = "training_state.";

}  // namespace deai::model
