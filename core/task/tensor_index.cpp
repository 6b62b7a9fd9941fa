#include "task/tensor_index.h"

#include "task/json.h"

namespace deai::task {
namespace {

constexpr std::size_t kMaxHeaderBytes = 4 * 1024 * 1024;
constexpr std::size_t kMaxRank = 8;
constexpr std::uint64_t kLargestExtent = 0xFFFFFFFFu;
constexpr std::uint64_t kLargestOffset = std::uint64_t{1} << 53;
constexpr std::string_view kMetadata = "__metadata__";

TensorEntry read_entry(const std::string& name, const json::Value& value) {
  const json::Fields fields(value, {"dtype", "shape", "data_offsets"});
  TensorEntry entry;
  entry.name = name;
  entry.dtype = fields["dtype"].text(1, 16);
  for (const json::Value& extent : fields["shape"].items(0, kMaxRank)) {
    entry.shape.push_back(extent.whole(0, kLargestExtent));
  }
  const std::vector<json::Value> offsets = fields["data_offsets"].items(2, 2);
  entry.begin = offsets[0].whole(0, kLargestOffset);
  entry.end = offsets[1].whole(entry.begin, kLargestOffset);
  return entry;
}

}  // namespace

TensorIndex read_tensor_index(std::string_view header) {
  const json::Document document(header, {"model file's header", ErrorCode::kFile}, kMaxHeaderBytes);
  TensorIndex index;
  for (const auto& [name, value] : document.root().members()) {
    if (name == kMetadata) {
      for (const auto& [key, word] : value.members()) {
        index.metadata.emplace_back(key, word.text(0, kMaxHeaderBytes));
      }
    } else {
      index.tensors.push_back(read_entry(name, value));
    }
  }
  return index;
}

std::string tensor_index_text(const TensorIndex& index) {
  std::string out = "{" + json::quoted(kMetadata) + ":{";
  for (const auto& [key, word] : index.metadata) {
    if (out.back() != '{') out += ',';
    out += json::quoted(key) + ':' + json::quoted(word);
  }
  out += '}';
  for (const TensorEntry& entry : index.tensors) {
    out += ',' + json::quoted(entry.name) + ":{\"dtype\":" + json::quoted(entry.dtype) +
           ",\"shape\":[";
    for (std::size_t axis = 0; axis < entry.shape.size(); ++axis) {
      if (axis > 0) out += ',';
      out += std::to_string(entry.shape[axis]);
    }
    out += "],\"data_offsets\":[" + std::to_string(entry.begin) + ',' + std::to_string(entry.end) +
           "]}";
  }
  return out + '}';
}

}  // namespace deai::task
