#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The JSON header of a safetensors file: which tensor lies where. Here because JSON lives in
// core/task alone; what the tensors mean is core/model's.
namespace deai::task {

struct TensorEntry {
  std::string name;
  std::string dtype;  // "F32"
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;  // in bytes, counted from the first byte after the header
  std::uint64_t end = 0;
};

struct TensorIndex {
  std::vector<TensorEntry> tensors;  // in the order of the text
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Throws Error{kFile} for anything but the form of a header; whether offsets and sizes make sense
// is for the caller to check. Extents are below 2^32, ranks up to 8.
TensorIndex read_tensor_index(std::string_view header);
std::string tensor_index_text(const TensorIndex& index);

}  // namespace deai::task
