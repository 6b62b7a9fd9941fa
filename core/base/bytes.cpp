#include "base/bytes.h"

#include <bit>
#include <cstring>

namespace deai {

// Bulk copies below rely on it; every target of this project is little-endian.
static_assert(std::endian::native == std::endian::little);

void ByteWriter::u16(std::uint16_t value) {
  for (int shift = 0; shift < 16; shift += 8) u8(static_cast<std::uint8_t>(value >> shift));
}

void ByteWriter::u32(std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) u8(static_cast<std::uint8_t>(value >> shift));
}

void ByteWriter::u64(std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) u8(static_cast<std::uint8_t>(value >> shift));
}

void ByteWriter::f32(float value) { u32(std::bit_cast<std::uint32_t>(value)); }
void ByteWriter::f64(double value) { u64(std::bit_cast<std::uint64_t>(value)); }

void ByteWriter::bytes(ByteView value) { out_.insert(out_.end(), value.begin(), value.end()); }

void ByteWriter::f32s(std::span<const float> values) {
  bytes({reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
}

void ByteWriter::sized(ByteView value) {
  u32(static_cast<std::uint32_t>(value.size()));
  bytes(value);
}

void ByteWriter::sized(std::string_view value) {
  sized(ByteView(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()));
}

std::uint64_t ByteReader::little_endian(std::size_t count) {
  const ByteView part = bytes(count);
  std::uint64_t value = 0;
  for (std::size_t place = 0; place < part.size(); ++place) {
    value |= static_cast<std::uint64_t>(part[place]) << (8 * place);
  }
  return value;
}

std::uint8_t ByteReader::u8() { return static_cast<std::uint8_t>(little_endian(1)); }
std::uint16_t ByteReader::u16() { return static_cast<std::uint16_t>(little_endian(2)); }
std::uint32_t ByteReader::u32() { return static_cast<std::uint32_t>(little_endian(4)); }
std::uint64_t ByteReader::u64() { return little_endian(8); }
float ByteReader::f32() { return std::bit_cast<float>(u32()); }
double ByteReader::f64() { return std::bit_cast<double>(u64()); }

ByteView ByteReader::bytes(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    return {};
  }
  const ByteView part = rest_.first(count);
  rest_ = rest_.subspan(count);
  return part;
}

ByteView ByteReader::sized(std::size_t limit) {
  const std::size_t count = u32();
  if (count > limit) ok_ = false;
  return bytes(count);
}

std::string_view ByteReader::sized_text(std::size_t limit) {
  const ByteView part = sized(limit);
  return {reinterpret_cast<const char*>(part.data()), part.size()};
}

void ByteReader::f32s(std::span<float> values) {
  fill({reinterpret_cast<std::uint8_t*>(values.data()), values.size_bytes()});
}

void ByteReader::fill(std::span<std::uint8_t> out) {
  const ByteView part = bytes(out.size());
  if (part.empty()) {
    std::memset(out.data(), 0, out.size());
    return;
  }
  std::memcpy(out.data(), part.data(), part.size());
}

}  // namespace deai
