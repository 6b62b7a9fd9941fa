#pragma once

#include "codec/levels.h"

namespace deai::codec {

// Right in the mean:
//   step = max |v| / (2^(bits-1) - 1),  k = floor(v / step + u),  u uniform in [0, 1).
class Integers final : public Levels {
 public:
  // bits: 4 or 8.
  Integers(unsigned bits, const Settings& settings)
      : Levels((1u << (bits - 1)) - 1, bits, settings, bits) {}

  std::uint8_t id() const override { return bits_ == 8 ? 3 : 4; }
  void encode(std::span<const float> values, ByteWriter& out) override;
};

}  // namespace deai::codec
