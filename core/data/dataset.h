#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/real.h"
#include "base/shape.h"
#include "data/table.h"
#include "data/text.h"
#include "task/task.h"
#include "tensor/tensor.h"

namespace deai::data {

// Some samples as an op takes them. Kept by whoever reads one batch after the other: as long as the
// number of samples stays the same, reading allocates nothing.
struct Batch {
  tensor::Tensor inputs;              // [N, input...]
  std::vector<std::int32_t> classes;  // [N], where the task has classes; of texts [N * T]
  std::vector<real> numbers;          // [N], where the label is a number
  Bytes altered;                      // one picture, while it is read
};

// Samples that are learnt from: whose pictures are altered as the task says (see augment.h).
struct Learnt {
  std::uint64_t seed = 0;
  std::span<const std::uint64_t> epochs;  // one for each row of a batch; none: nothing is altered
};

// The samples of one participant (or those held out), kept small: pictures stay bytes until they
// are read. Samples are numbered from 0: first all pictures, then all others, each in the order in
// which they came. Adding throws Error{kData}, and then nothing was added.
class Dataset {
 public:
  // The data description must outlive the dataset.
  explicit Dataset(const task::Task& task);

  // All return how many samples were added.
  std::uint32_t add_table(std::string_view source, ByteView cells, Labels labels);
  // pixels: count x H x W x C bytes; labels: one class each, or none where they are ignored.
  std::uint32_t add_images(std::string_view source, ByteView pixels,
                           std::span<const std::uint32_t> labels, Labels wanted);
  // Ready inputs: count x input size; labels: one class or number each, or none.
  std::uint32_t add_dense(std::string_view source, std::span<const float> inputs,
                          std::span<const float> labels, Labels wanted);

  // For a task that learns from texts; one text. Samples never reach from one text into another.
  std::uint32_t add_tokens(std::string_view source, std::span<const std::uint32_t> tokens);

  std::uint32_t count() const { return image_count_ + dense_count_ + windows_.count(); }
  void clear();
  // Of one input, without batch.
  const Shape& input_shape() const { return input_shape_; }

  // Sample number rows[i] becomes row i of the batch.
  void read(std::span<const std::uint32_t> rows, Batch& batch, const Learnt& learnt = {}) const;

  std::size_t memory_bytes() const;

 private:
  void check_label(std::string_view source, std::size_t sample, float label) const;
  float label(std::uint32_t sample) const;
  std::span<const std::uint8_t> image(std::uint32_t sample) const;
  // One sample's input.
  void read_sample(std::uint32_t sample, real* out) const;
  void read_image(std::span<const std::uint8_t> pixels, real* out) const;
  // Samples that count more than 2^32 - 1 in all cannot be numbered.
  std::uint32_t checked_count(std::string_view source, std::size_t more) const;

  const task::Data* data_;
  Shape input_shape_;
  std::size_t input_size_;
  std::uint32_t image_count_ = 0;
  std::uint32_t dense_count_ = 0;
  std::vector<std::uint8_t> pixels_;
  Windows windows_;
  std::vector<float> image_labels_;
  std::vector<float> dense_;
  std::vector<float> dense_labels_;
  std::vector<real> normalised_;  // of byte b in channel c at [c * 256 + b]
};

}  // namespace deai::data
