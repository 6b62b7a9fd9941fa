#include "data/dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "data/augment.h"

namespace deai::data {
namespace {

// (p / 255 - mean) / deviation of every byte p, channel by channel.
std::vector<real> normalised_bytes(const task::ImageData& image) {
  std::vector<real> out;
  for (std::size_t channel = 0; channel < image.mean.size(); ++channel) {
    for (int p = 0; p < 256; ++p) {
      out.push_back(
          static_cast<real>((p / 255.0 - image.mean[channel]) / image.deviation[channel]));
    }
  }
  return out;
}

template <typename To, typename From>
void append(std::vector<To>& to, const From& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::string_view input_kind(const task::Data& data) {
  constexpr std::string_view kKinds[] = {"tables", "images", "texts"};
  return kKinds[data.input.index()];
}

Shape batched(const Shape& sample, std::size_t count) {
  std::array<Index, Shape::kMaxRank> extents{static_cast<Index>(count)};
  std::copy(sample.extents().begin(), sample.extents().end(), extents.begin() + 1);
  return Shape(std::span(extents).first(static_cast<std::size_t>(sample.rank()) + 1));
}

}  // namespace

Dataset::Dataset(const task::Task& task)
    : data_(&task.data),
      input_shape_(task::input_extents(task)),
      input_size_(static_cast<std::size_t>(input_shape_.size())),
      windows_(input_size_) {
  if (const auto* image = std::get_if<task::ImageData>(&data_->input)) {
    normalised_ = normalised_bytes(*image);
  }
}

std::uint32_t Dataset::checked_count(std::string_view source, std::size_t more) const {
  if (more > std::numeric_limits<std::uint32_t>::max() - count()) {
    fail(ErrorCode::kData, text(source, ": ", more, " samples are too many"));
  }
  return static_cast<std::uint32_t>(more);
}

void Dataset::check_label(std::string_view source, std::size_t sample, float label) const {
  const auto classes = static_cast<std::size_t>(task::class_count(*data_));
  const bool good = classes == 0 ? std::isfinite(label)
                                 : label >= 0 && label < static_cast<float>(classes) &&
                                       label == std::floor(label);
  if (good) return;
  fail(ErrorCode::kData,
       text(source, ", sample ", sample + 1, ": the label is ", label, ", expected ",
            classes == 0 ? "a number" : text("a whole number from 0 to ", classes - 1)));
}

std::uint32_t Dataset::add_table(std::string_view source, ByteView cells, Labels labels) {
  const Rows rows = decode_table(*data_, source, cells, labels);
  return add_dense(source, rows.inputs, rows.labels, labels);
}

std::uint32_t Dataset::add_images(std::string_view source, ByteView pixels,
                                  std::span<const std::uint32_t> labels, Labels wanted) {
  if (!std::holds_alternative<task::ImageData>(data_->input)) {
    fail(ErrorCode::kData,
         text(source, ": is an image, but the task learns from ", input_kind(*data_)));
  }
  const std::size_t count = pixels.size() / input_size_;
  if (pixels.size() % input_size_ != 0 || (wanted == Labels::kNeeded && labels.size() != count)) {
    fail(ErrorCode::kData,
         text(source, ": ", pixels.size(), " bytes and ", labels.size(), " labels, expected ",
              input_size_, " bytes (", input_shape_.to_string(), ") for each label"));
  }
  const std::uint32_t added = checked_count(source, count);
  std::vector<float> as_float(count);
  for (std::size_t sample = 0; sample < labels.size() && wanted == Labels::kNeeded; ++sample) {
    as_float[sample] = static_cast<float>(labels[sample]);
    check_label(source, sample, as_float[sample]);
  }
  append(pixels_, pixels);
  append(image_labels_, as_float);
  image_count_ += added;
  return added;
}

std::uint32_t Dataset::add_dense(std::string_view source, std::span<const float> inputs,
                                 std::span<const float> labels, Labels wanted) {
  if (std::holds_alternative<task::TextData>(data_->input)) {
    fail(ErrorCode::kData, text(source, ": holds numbers, but the task learns from texts"));
  }
  const std::size_t count = inputs.size() / input_size_;
  if (inputs.size() % input_size_ != 0 || (wanted == Labels::kNeeded && labels.size() != count)) {
    fail(ErrorCode::kData,
         text(source, ": ", inputs.size(), " numbers and ", labels.size(), " labels, expected ",
              input_size_, " numbers (", input_shape_.to_string(), ") for each label"));
  }
  const std::uint32_t added = checked_count(source, count);
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    if (!std::isfinite(inputs[at])) {
      fail(ErrorCode::kData, text(source, ", sample ", at / input_size_ + 1, ": input ",
                                  at % input_size_, " is ", inputs[at], ", expected a number"));
    }
  }
  if (wanted == Labels::kNeeded) {
    for (std::size_t sample = 0; sample < count; ++sample) {
      check_label(source, sample, labels[sample]);
    }
    append(dense_labels_, labels);
  } else {
    dense_labels_.resize(dense_labels_.size() + count);
  }
  append(dense_, inputs);
  dense_count_ += added;
  return added;
}

std::uint32_t Dataset::add_tokens(std::string_view source, std::span<const std::uint32_t> tokens) {
  if (!std::holds_alternative<task::TextData>(data_->input)) {
    fail(ErrorCode::kData,
         text(source, ": is a text, but the task learns from ", input_kind(*data_)));
  }
  checked_count(source, tokens.size() / input_size_);
  return windows_.add(source, tokens, task::class_count(*data_));
}

void Dataset::clear() {
  image_count_ = 0;
  dense_count_ = 0;
  // Not clear(): the memory is to go back as well.
  pixels_ = Bytes();
  image_labels_ = std::vector<float>();
  dense_ = std::vector<float>();
  dense_labels_ = std::vector<float>();
  windows_ = Windows(input_size_);
}

float Dataset::label(std::uint32_t sample) const {
  return sample < image_count_ ? image_labels_[sample] : dense_labels_[sample - image_count_];
}

std::span<const std::uint8_t> Dataset::image(std::uint32_t sample) const {
  return std::span(pixels_).subspan(sample * input_size_, input_size_);
}

void Dataset::read_image(std::span<const std::uint8_t> pixels, real* out) const {
  const std::size_t channels = normalised_.size() / 256;
  if (channels == 1) {
    for (std::size_t at = 0; at < input_size_; ++at) out[at] = normalised_[pixels[at]];
    return;
  }
  for (std::size_t at = 0; at < input_size_; ++at) {
    out[at] = normalised_[at % channels * 256 + pixels[at]];
  }
}

void Dataset::read_sample(std::uint32_t sample, real* out) const {
  if (sample < image_count_) return read_image(image(sample), out);
  const float* const from = dense_.data() + (sample - image_count_) * input_size_;
  std::copy(from, from + input_size_, out);
}

void Dataset::read(std::span<const std::uint32_t> rows, Batch& batch, const Learnt& learnt) const {
  const Shape shape = batched(input_shape_, rows.size());
  if (batch.inputs.shape() != shape) batch.inputs = tensor::Tensor(shape);
  if (windows_.count() > 0) {
    windows_.read(rows, batch.inputs.data(), batch.classes);
    return;
  }
  const bool has_classes = !data_->classes.empty();
  batch.classes.resize(has_classes ? rows.size() : 0);
  batch.numbers.resize(has_classes ? 0 : rows.size());
  const auto* pictures = std::get_if<task::ImageData>(&data_->input);
  const bool alters =
      pictures != nullptr && pictures->augment != task::Augment{} && !learnt.epochs.empty();
  for (std::size_t at = 0; at < rows.size(); ++at) {
    real* const out = batch.inputs.data() + at * input_size_;
    if (alters && rows[at] < image_count_) {
      augment(*pictures, {learnt.seed, learnt.epochs[at], rows[at]}, image(rows[at]),
              batch.altered);
      read_image(batch.altered, out);
    } else {
      read_sample(rows[at], out);
    }
    if (has_classes) {
      batch.classes[at] = static_cast<std::int32_t>(label(rows[at]));
    } else {
      batch.numbers[at] = static_cast<real>(label(rows[at]));
    }
  }
}

std::size_t Dataset::memory_bytes() const {
  return pixels_.capacity() + windows_.memory_bytes() +
         sizeof(float) * (image_labels_.capacity() + dense_.capacity() + dense_labels_.capacity());
}

}  // namespace deai::data
