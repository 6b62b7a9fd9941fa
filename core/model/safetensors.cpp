#include "model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"
#include "task/heap_sort.h"

namespace deai::model {
namespace {

using task::TensorEntry;

constexpr std::string_view kOurType = "F32";
// How many batches a norm has seen; PyTorch counts them, and nothing depends on it.
constexpr std::string_view kBatchCount = ".num_batches_tracked";

struct Type {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr Type kTypes[] = {{"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8}, {"I64", 8},
                           {"I32", 4}, {"I16", 2}, {"I8", 1},   {"U64", 8}, {"U32", 4},
                           {"U16", 2}, {"U8", 1},  {"BOOL", 1}};

std::string about(std::string_view tensor, std::string_view reason) {
  return text("model file, tensor \"", tensor, "\": ", reason);
}

[[noreturn]] void refuse(std::string_view tensor, std::string_view reason) {
  fail(ErrorCode::kFile, about(tensor, reason));
}

std::uint64_t bytes_of(const TensorEntry& entry) {
  const auto* const type = std::ranges::find(kTypes, entry.dtype, &Type::name);
  if (type == std::end(kTypes)) refuse(entry.name, text("has the unknown type ", entry.dtype));
  if (std::ranges::find(entry.shape, 0u) != entry.shape.end()) return 0;
  std::uint64_t bytes = type->bytes;
  for (const std::uint64_t extent : entry.shape) {
    // Extents are below 2^32: the product cannot overflow before this.
    if (bytes > std::uint64_t{1} << 31) refuse(entry.name, "is larger than a browser's memory");
    bytes *= extent;
  }
  return bytes;
}

std::string extents_text(const std::vector<std::uint64_t>& extents) {
  std::string out = "[";
  for (const std::uint64_t extent : extents) {
    if (out.size() > 1) out += ", ";
    out += to_text(static_cast<long long>(extent));
  }
  return out + ']';
}

constexpr std::size_t kKernelRank = 4;  // of the weights of convolutions, and of nothing else

// As it is in the file: of kernels the channels before the pixels, be it a single one.
std::vector<std::uint64_t> file_extents(const nn::Parameter& parameter) {
  const auto extents = parameter.shape.extents();
  std::vector<std::uint64_t> out(extents.begin(), extents.end());
  if (out.size() == kKernelRank) out = {out[0], out[3], out[1], out[2]};
  return out;
}

// Where the file's numbers stand in the parameter.
class Places {
 public:
  explicit Places(const nn::Parameter& parameter)
      : pixels_(static_cast<std::size_t>(parameter.pixels)),
        channels_(static_cast<std::size_t>(parameter.shape.rank() == kKernelRank
                                               ? parameter.shape[-1]
                                               : parameter.shape[-1] / parameter.pixels)) {}
  std::size_t operator()(std::size_t at) const {
    if (pixels_ == 1) return at;
    const std::size_t pixel = at % pixels_;
    const std::size_t channel = at / pixels_ % channels_;
    const std::size_t first = at - at % (pixels_ * channels_);
    return first + pixel * channels_ + channel;
  }

 private:
  std::size_t pixels_;
  std::size_t channels_;
};

float wide(std::uint16_t half) {
  constexpr std::uint32_t kInfinite = 0x7f800000;
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t rest = static_cast<std::uint32_t>(half & 0x7fff) << 13;
  if ((half & 0x7c00) == 0x7c00) return std::bit_cast<float>(sign | rest | kInfinite);
  // The exponent's bias is 127 in place of 15; small ones without a leading 1 come right too.
  const float value = std::bit_cast<float>(rest) * 0x1p112f;
  return sign == 0 ? value : -value;
}

float next_number(ByteReader& in, std::string_view type) {
  if (type == kOurType) return in.f32();
  const std::uint16_t half = in.u16();
  if (type == "F16") return wide(half);
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

// Why an entry is not what the model has under this name; "" where it is.
std::string misfit(const TensorEntry& entry, const nn::Parameter& parameter) {
  if (entry.dtype != kOurType && entry.dtype != "F16" && entry.dtype != "BF16") {
    return text("has the type ", entry.dtype, ", expected F32, F16 or BF16");
  }
  const std::vector<std::uint64_t> expected = file_extents(parameter);
  if (entry.shape == expected) return {};
  return text("has the shape ", extents_text(entry.shape), ", expected ", extents_text(expected));
}

std::span<const real> values_of(const nn::Parameter& parameter, std::span<const real> weights) {
  return weights.subspan(static_cast<std::size_t>(parameter.offset),
                         static_cast<std::size_t>(parameter.shape.size()));
}

bool is_needed(std::string_view name, const ReadOptions& options) {
  return std::ranges::find(options.needed, name) != options.needed.end();
}

bool is_wanted(std::string_view name, const ReadOptions& options) {
  return options.only.empty() || std::ranges::any_of(options.only, [&](const std::string& one) {
           return name.starts_with(one);
         });
}

const nn::Parameter* parameter_of(std::span<const nn::Parameter> parameters,
                                  std::string_view name) {
  const auto at = std::ranges::find(parameters, name, &nn::Parameter::name);
  return at == parameters.end() ? nullptr : &*at;
}

}  // namespace

Bytes write_safetensors(std::span<const nn::Parameter> parameters, std::span<const real> weights,
                        const Metadata& metadata, std::span<const FileTensor> others) {
  task::TensorIndex index;
  index.metadata.emplace_back("format", "pt");
  for (const auto& field : metadata) index.metadata.push_back(field);
  std::uint64_t at = 0;
  const auto add = [&](std::string name, std::string_view type, std::vector<std::uint64_t> shape,
                       std::uint64_t bytes) {
    index.tensors.push_back({std::move(name), std::string(type), std::move(shape), at, at + bytes});
    at += bytes;
  };
  for (const nn::Parameter& parameter : parameters) {
    add(parameter.name, kOurType, file_extents(parameter),
        static_cast<std::uint64_t>(parameter.shape.size()) * sizeof(float));
  }
  for (const FileTensor& other : others) {
    add(other.name, other.dtype, other.shape, other.bytes.size());
  }
  std::string header = task::tensor_index_text(index);
  header.append((8 - header.size() % 8) % 8, ' ');  // the numbers begin at a multiple of 8

  ByteWriter out;
  out.u64(header.size());
  out.bytes({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()});
  for (const nn::Parameter& parameter : parameters) {
    const std::span<const real> values = values_of(parameter, weights);
    const Places places(parameter);
    for (std::size_t place = 0; place < values.size(); ++place) {
      out.f32(static_cast<float>(values[places(place)]));
    }
  }
  for (const FileTensor& other : others) out.bytes(other.bytes);
  return out.take();
}

TensorFile::TensorFile(ByteView file) {
  ByteReader reader(file);
  const std::uint64_t length = reader.u64();
  if (!reader.ok() || length > reader.left()) {
    fail(ErrorCode::kFile,
         text("model file: ", file.size(), " bytes are too short for a safetensors file",
              reader.ok() ? text(" with a header of ", length, " bytes") : ""));
  }
  const ByteView header = reader.bytes(static_cast<std::size_t>(length));
  numbers_ = reader.bytes(reader.left());
  index_ = task::read_tensor_index({reinterpret_cast<const char*>(header.data()), header.size()});
  check_places();
}

void TensorFile::check_places() const {
  const std::uint64_t available = numbers_.size();
  std::vector<const TensorEntry*> entries;
  for (const TensorEntry& entry : index_.tensors) {
    if (entry.end > available) {
      refuse(entry.name, text("ends at byte ", entry.end, ", but the file has only ", available,
                              " bytes behind its header"));
    }
    if (const std::uint64_t bytes = model::bytes_of(entry); entry.end - entry.begin != bytes) {
      refuse(entry.name, text("takes ", entry.end - entry.begin, " bytes, but its shape ",
                              extents_text(entry.shape), " of ", entry.dtype, " needs ", bytes));
    }
    entries.push_back(&entry);
  }
  task::heap_sort(entries, [](const auto* a, const auto* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  std::uint64_t reached = 0;
  for (const TensorEntry* const entry : entries) {
    if (entry->begin < reached) {
      refuse(entry->name, text("begins at byte ", entry->begin, ", inside another tensor"));
    }
    if (entry->begin > reached) {
      refuse(entry->name, text("begins at byte ", entry->begin, ", but the bytes from ", reached,
                               " on belong to no tensor"));
    }
    reached = entry->end;
  }
  if (reached != available) {
    fail(ErrorCode::kFile,
         text("model file: ", available - reached, " bytes behind the last tensor belong to none"));
  }
}

std::string_view TensorFile::field(std::string_view name) const {
  for (const auto& [key, value] : index_.metadata) {
    if (key == name) return value;
  }
  return {};
}

const TensorEntry* TensorFile::find(std::string_view name) const {
  const auto at = std::ranges::find(index_.tensors, name, &TensorEntry::name);
  return at == index_.tensors.end() ? nullptr : &*at;
}

ByteView TensorFile::bytes_of(const TensorEntry& entry) const {
  return numbers_.subspan(static_cast<std::size_t>(entry.begin),
                          static_cast<std::size_t>(entry.end - entry.begin));
}

ByteView TensorFile::tensor(std::string_view name, std::string_view dtype) const {
  const TensorEntry* const entry = find(name);
  if (entry == nullptr) refuse(name, "is missing");
  if (entry->dtype != dtype) {
    refuse(name, text("has the type ", entry->dtype, ", expected ", dtype));
  }
  return bytes_of(*entry);
}

void TensorFile::read(const TensorEntry& entry, const nn::Parameter& parameter,
                      std::span<real> to) const {
  ByteReader in(bytes_of(entry));
  const Places places(parameter);
  for (std::size_t at = 0; at < to.size(); ++at) {
    const float number = next_number(in, entry.dtype);
    if (!std::isfinite(number)) {
      refuse(entry.name, text("number ", at, " is ", number, ", expected finite ones"));
    }
    to[places(at)] = static_cast<real>(number);
  }
}

ReadReport TensorFile::read(std::span<const nn::Parameter> parameters, std::span<real> weights,
                            const ReadOptions& options) const {
  ReadReport report;
  for (const TensorEntry& entry : index_.tensors) {
    if (entry.name.starts_with(kTrainingState) || entry.name.ends_with(kBatchCount)) continue;
    const nn::Parameter* const parameter = parameter_of(parameters, entry.name);
    const bool wanted = is_wanted(entry.name, options);
    const std::string reason = !wanted                ? "was not asked for"
                               : parameter == nullptr ? "the task's model has none of this name"
                                                      : misfit(entry, *parameter);
    if (!reason.empty()) {
      if ((options.strict && wanted) || is_needed(entry.name, options)) refuse(entry.name, reason);
      report.left.push_back(text(entry.name, ": ", reason));
      continue;
    }
    read(entry, *parameter,
         weights.subspan(static_cast<std::size_t>(parameter->offset),
                         static_cast<std::size_t>(parameter->shape.size())));
    report.read.push_back(entry.name);
  }
  // No name stands twice in a header that was read, so only some can be missing.
  for (const nn::Parameter& parameter : parameters) {
    if (std::ranges::find(report.read, parameter.name) != report.read.end()) continue;
    if ((options.strict && is_wanted(parameter.name, options)) ||
        is_needed(parameter.name, options)) {
      refuse(parameter.name, "is missing");
    }
    report.kept.push_back(parameter.name);
  }
  return report;
}

}  // namespace deai::model
