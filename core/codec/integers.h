#pragma once

#include "base/random.h"
#include "codec/codec.h"

namespace deai::codec {

// Whole multiples of a step per tensor, rounded at random so that the mean is right:
//   step = max |v| / (2^(bits-1) - 1),  k = floor(v / step + u),  u uniform in [0, 1).
// Wire: a float (step) per tensor, then all k + 2^(bits-1) - 1 in so many bits each.
class Integers final : public Codec {
 public:
  // bits: 4 or 8.
  Integers(unsigned bits, const Settings& settings)
      : bits_(bits), layout_(settings.layout), random_(settings.seed, bits) {}

  std::uint8_t id() const override { return bits_ == 8 ? 3 : 4; }
  std::size_t max_bytes(std::size_t count) const override;
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;

 private:
  unsigned bits_;
  Layout layout_;
  Random random_;
};

}  // namespace deai::codec
