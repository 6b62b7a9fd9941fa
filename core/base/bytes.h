#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace deai {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// Appends little-endian values.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value);
  void u32(std::uint32_t value);
  void u64(std::uint64_t value);
  void f32(float value);
  void f64(double value);
  void bytes(ByteView value);
  void f32s(std::span<const float> values);
  // u32 length, then the bytes.
  void sized(ByteView value);
  void sized(std::string_view value);

  std::size_t size() const { return out_.size(); }
  ByteView view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Reads what strangers wrote: never throws, never reads outside. After the first short or
// refused read every further one yields zeros and ok() stays false.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::uint64_t u64();
  float f32();
  double f64();
  // A view into the input.
  ByteView bytes(std::size_t count);
  // u32 length, then a view of that many bytes; refused when longer than limit.
  ByteView sized(std::size_t limit);
  std::string_view sized_text(std::size_t limit);
  // Fills all of values.
  void f32s(std::span<float> values);
  void fill(std::span<std::uint8_t> out);

  bool ok() const { return ok_; }
  // Everything was read and nothing is left over.
  bool done() const { return ok_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  void refuse() { ok_ = false; }

 private:
  std::uint64_t little_endian(std::size_t count);

  ByteView rest_;
  bool ok_ = true;
};

}  // namespace deai
