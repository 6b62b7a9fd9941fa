#pragma once

#include "codec/codec.h"

namespace deai::codec {

// IEEE 754 half precision, 2 bytes a number, rounded to the nearest, ties to even. What is finite
// stays so: beyond 65504 it becomes 65504.
class F16 final : public Codec {
 public:
  std::uint8_t id() const override { return 2; }
  std::size_t max_bytes(std::size_t count) const override { return count * 2; }
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;
};

std::uint16_t to_half(float value);
float from_half(std::uint16_t half);

}  // namespace deai::codec
