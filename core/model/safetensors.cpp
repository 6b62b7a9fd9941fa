#include "model/safetensors.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "task/tensor_index.h"

namespace deai::model {
namespace {

constexpr std::string_view kDtype = "F32";

[[noreturn]] void refuse(std::string_view tensor, std::string_view reason) {
  fail(ErrorCode::kFile, text("model file, tensor \"", tensor, "\": ", reason));
}

std::string extents_text(const std::vector<std::uint64_t>& extents) {
  std::string out = "[";
  for (const std::uint64_t extent : extents) {
    if (out.size() > 1) out += ", ";
    out += to_text(static_cast<long long>(extent));
  }
  return out + ']';
}

std::vector<std::uint64_t> extents_of(const Shape& shape) {
  const auto extents = shape.extents();
  return {extents.begin(), extents.end()};
}

// That an entry is what the model has under this name.
void check_entry(const task::TensorEntry& entry, const nn::Parameter& parameter) {
  if (entry.dtype != kDtype) {
    refuse(entry.name, text("has the type ", entry.dtype, ", expected ", kDtype));
  }
  if (entry.shape != extents_of(parameter.shape)) {
    refuse(entry.name, text("has the shape ", extents_text(entry.shape), ", expected ",
                            parameter.shape.to_string()));
  }
  const auto expected = static_cast<std::uint64_t>(parameter.shape.size()) * sizeof(float);
  if (entry.end - entry.begin != expected) {
    refuse(entry.name, text("takes ", entry.end - entry.begin, " bytes, expected ", expected));
  }
}

// That the entries cover the numbers behind the header, each byte once.
void check_places(std::vector<task::TensorEntry> entries, std::uint64_t available) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t reached = 0;
  for (const task::TensorEntry& entry : entries) {
    if (entry.end > available) {
      refuse(entry.name, text("ends at byte ", entry.end, ", but the file has only ", available,
                              " bytes behind its header"));
    }
    if (entry.begin < reached) {
      refuse(entry.name, text("begins at byte ", entry.begin, ", inside another tensor"));
    }
    if (entry.begin > reached) {
      refuse(entry.name, text("begins at byte ", entry.begin, ", but the bytes from ", reached,
                              " on belong to no tensor"));
    }
    reached = entry.end;
  }
  if (reached != available) {
    fail(ErrorCode::kFile,
         text("model file: ", available - reached, " bytes behind the last tensor belong to none"));
  }
}

// The header's text; numbers is set to what follows it.
std::string_view split_header(ByteView file, ByteView& numbers) {
  ByteReader reader(file);
  const std::uint64_t length = reader.u64();
  if (!reader.ok() || length > reader.left()) {
    fail(ErrorCode::kFile,
         text("model file: ", file.size(), " bytes are too short for a safetensors file",
              reader.ok() ? text(" with a header of ", length, " bytes") : ""));
  }
  const ByteView header = reader.bytes(static_cast<std::size_t>(length));
  numbers = reader.bytes(reader.left());
  return {reinterpret_cast<const char*>(header.data()), header.size()};
}

const nn::Parameter* find(std::span<const nn::Parameter> parameters, std::string_view name) {
  const auto at = std::find_if(parameters.begin(), parameters.end(),
                               [&](const nn::Parameter& each) { return each.name == name; });
  return at == parameters.end() ? nullptr : &*at;
}

void check_names(std::span<const nn::Parameter> parameters,
                 const std::vector<task::TensorEntry>& entries) {
  for (const task::TensorEntry& entry : entries) {
    const nn::Parameter* const parameter = find(parameters, entry.name);
    if (parameter == nullptr) refuse(entry.name, "the task's model has none of this name");
    check_entry(entry, *parameter);
  }
  // No name stands twice in a header that was read, so only some can be missing.
  for (const nn::Parameter& parameter : parameters) {
    const bool there = std::any_of(entries.begin(), entries.end(),
                                   [&](const auto& entry) { return entry.name == parameter.name; });
    if (!there) refuse(parameter.name, "is missing");
  }
}

}  // namespace

Bytes write_safetensors(std::span<const nn::Parameter> parameters, std::span<const real> weights,
                        const Metadata& metadata) {
  task::TensorIndex index;
  index.metadata = metadata;
  std::uint64_t at = 0;
  for (const nn::Parameter& parameter : parameters) {
    const std::uint64_t end = at + static_cast<std::uint64_t>(parameter.shape.size()) * 4;
    index.tensors.push_back(
        {parameter.name, std::string(kDtype), extents_of(parameter.shape), at, end});
    at = end;
  }
  std::string header = task::tensor_index_text(index);
  header.append((8 - header.size() % 8) % 8, ' ');  // the numbers begin at a multiple of 8

  ByteWriter out;
  out.u64(header.size());
  out.bytes({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()});
  for (const nn::Parameter& parameter : parameters) {
    const auto values = weights.subspan(static_cast<std::size_t>(parameter.offset),
                                        static_cast<std::size_t>(parameter.shape.size()));
    for (const real value : values) out.f32(static_cast<float>(value));
  }
  return out.take();
}

Metadata read_metadata(ByteView file) {
  ByteView numbers;
  return task::read_tensor_index(split_header(file, numbers)).metadata;
}

std::vector<float> read_safetensors(std::span<const nn::Parameter> parameters, ByteView file) {
  ByteView numbers;
  const task::TensorIndex index = task::read_tensor_index(split_header(file, numbers));
  check_names(parameters, index.tensors);
  check_places(index.tensors, numbers.size());

  // Whole and without gaps, so the file has as many numbers as the model.
  std::vector<float> weights(numbers.size() / sizeof(float));
  for (const task::TensorEntry& entry : index.tensors) {
    const nn::Parameter& parameter = *find(parameters, entry.name);
    const auto to = std::span(weights).subspan(static_cast<std::size_t>(parameter.offset),
                                               static_cast<std::size_t>(parameter.shape.size()));
    ByteReader(numbers.subspan(static_cast<std::size_t>(entry.begin), to.size() * sizeof(float)))
        .f32s(to);
    const auto bad =
        std::find_if(to.begin(), to.end(), [](float value) { return !std::isfinite(value); });
    if (bad != to.end()) {
      refuse(entry.name, text("number ", bad - to.begin(), " is ", *bad, ", expected finite ones"));
    }
  }
  return weights;
}

}  // namespace deai::model
