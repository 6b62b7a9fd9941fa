#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/bytes.h"
#include "base/error.h"
#include "model/model.h"
#include "nn/layer.h"
#include "support/files.h"
#include "task/json.h"
#include "task/parse.h"
#include "task/tensor_index.h"

// Reads what tools/torch_dumps wrote: see README.md.
namespace deai::parity {

class TorchDump {
 public:
  explicit TorchDump(std::string_view family)
      : file_(support::read_text(text("tests/parity/torch/", family, ".safetensors"))) {
    ByteReader reader({reinterpret_cast<const std::uint8_t*>(file_.data()), file_.size()});
    const auto length = static_cast<std::size_t>(reader.u64());
    index_ = task::read_tensor_index(std::string_view(file_).substr(8, length));
    numbers_ = 8 + length;
  }

  // Cases: their names, and what is to be built.
  const std::vector<std::pair<std::string, std::string>>& cases() const { return index_.metadata; }

  // The tensor "case/name"; without elements where there is none.
  tensor::Tensor tensor(std::string_view of, std::string_view name) const {
    const std::string full = text(of, '/', name);
    for (const task::TensorEntry& entry : index_.tensors) {
      if (entry.name == full) return read(entry);
    }
    return {};
  }
  // All of a case whose name begins so, without that beginning.
  std::vector<std::pair<std::string, tensor::Tensor>> tensors(std::string_view of,
                                                              std::string_view beginning) const {
    const std::string full = text(of, '/', beginning);
    std::vector<std::pair<std::string, tensor::Tensor>> out;
    for (const task::TensorEntry& entry : index_.tensors) {
      if (entry.name.starts_with(full)) {
        out.emplace_back(entry.name.substr(full.size()), read(entry));
      }
    }
    return out;
  }

 private:
  tensor::Tensor read(const task::TensorEntry& entry) const {
    std::vector<Index> extents(entry.shape.begin(), entry.shape.end());
    tensor::Tensor out{Shape(extents)};
    const std::string_view bytes = std::string_view(file_).substr(
        numbers_ + static_cast<std::size_t>(entry.begin), out.span().size() * sizeof(float));
    ByteReader reader({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    for (real& value : out.span()) value = static_cast<real>(reader.f32());
    REQUIRE(reader.ok());
    return out;
  }

  std::string file_;
  task::TensorIndex index_;
  std::size_t numbers_ = 0;  // where they begin
};

inline double largest(std::span<const real> values) {
  double most = 0;
  for (const real value : values) most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

// The largest difference, as a share of the largest number expected, or of `scale` where that is
// more; huge where shapes differ or a number is none.
inline double distance(std::span<const real> found, std::span<const real> expected,
                       double scale = 1e-30) {
  if (found.size() != expected.size()) return HUGE_VAL;
  double apart = 0;
  for (std::size_t at = 0; at < found.size(); ++at) {
    const double one = static_cast<double>(found[at]), other = static_cast<double>(expected[at]);
    if (!std::isfinite(one)) return HUGE_VAL;
    apart = std::max(apart, std::abs(one - other));
  }
  return apart / std::max(scale, largest(expected));
}

// A case's description as a task. Inputs may have any shape of rank 1 or 3.
inline task::Task task_of(std::string_view description) {
  const task::json::Document document(description, {"case", ErrorCode::kTask}, 1 << 20);
  const task::json::Value root = document.root();
  task::Task task = task::parse(support::read_text("tests/task/image.json"));
  task.model = task::read_model(root.member("model"));
  std::vector<Index> input;
  for (const task::json::Value& extent : root.member("input").items(1, 3)) {
    input.push_back(task::read_index(extent, 1, 1 << 20));
  }
  if (input.size() == 3) {
    task.data.input = task::ImageData{input[0], input[1], input[2], {}, {}};
  } else {
    task::TableData table;
    table.columns.resize(static_cast<std::size_t>(input[0]));
    task.data.input = table;
  }
  task.data.classes.resize(static_cast<std::size_t>(root.member("classes").whole(0, 1 << 20)));
  return task;
}

// The weights of a model by their names; the file must have all of them and no others.
inline void load(model::Model& model, const TorchDump& dump, std::string_view of,
                 std::string_view beginning) {
  const auto tensors = dump.tensors(of, beginning);
  REQUIRE(tensors.size() == model.parameters().size());
  for (const nn::Parameter& parameter : model.parameters()) {
    INFO(parameter.name);
    const tensor::Tensor value = dump.tensor(of, text(beginning, parameter.name));
    REQUIRE(value.shape() == parameter.shape);
    std::ranges::copy(value.span(),
                      model.weights().begin() + static_cast<std::ptrdiff_t>(parameter.offset));
  }
}

}  // namespace deai::parity
