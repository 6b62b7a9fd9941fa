#include "codec/f16.h"

#include <bit>

namespace deai::codec {

std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const std::uint32_t size = bits & 0x7fffffffu;
  constexpr std::uint32_t kInfinity = 0x7f800000u;
  if (size > kInfinity) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (size == kInfinity) return static_cast<std::uint16_t>(sign | 0x7c00u);
  if (size >= 0x477fe000u) return static_cast<std::uint16_t>(sign | 0x7bffu);  // 65504 and above
  if (size < 0x38800000u) {
    // Below 2^-14 halves are multiples of 2^-24; beside 0.5 floats are, too, so adding it rounds.
    const float rounded = std::bit_cast<float>(size) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(rounded) - 0x3f000000u));
  }
  // Exponent from bias 127 to 15, and 13 bits less; a carry moves into the exponent as it should.
  const std::uint32_t odd = size >> 13 & 1u;
  return static_cast<std::uint16_t>(sign | ((size - 0x38000000u + 0x0fffu + odd) >> 13));
}

float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = half >> 10 & 31u;
  const std::uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {
    const float size = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(size));
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

void F16::encode(std::span<const float> values, ByteWriter& out) {
  for (const float value : values) out.u16(to_half(value));
}

bool F16::decode(ByteView bytes, std::span<float> values) const {
  if (bytes.size() != max_bytes(values.size())) return false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = from_half(static_cast<std::uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8));
  }
  return true;
}

}  // namespace deai::codec
