#pragma once

#include "codec/codec.h"

namespace deai::codec {

// The numbers themselves: 4 bytes each, little-endian IEEE 754.
class F32 final : public Codec {
 public:
  std::uint8_t id() const override { return 1; }
  std::size_t max_bytes(std::size_t count) const override { return count * sizeof(float); }
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;
};

}  // namespace deai::codec
