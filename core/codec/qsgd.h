#pragma once

#include "base/random.h"
#include "codec/codec.h"

namespace deai::codec {

// QSGD (Alistarh et al. 2017) with s levels, per tensor of m numbers:
//   v → ‖v‖₂ · sign(v) · ⌊s |v| / ‖v‖₂ + u⌋ / s,  u uniform in [0, 1): right in the mean.
// Biased: times 1 / (1 + min(m / s², √m / s)), which makes it a contraction, as CHOCO needs.
// Wire: a float (‖v‖₂ / s, scaled) per tensor, then level + s in ⌈log₂(2 s + 1)⌉ bits each.
class Qsgd final : public Codec {
 public:
  Qsgd(std::uint32_t levels, bool biased, const Settings& settings);

  std::uint8_t id() const override { return biased_ ? 10 : 8; }
  std::size_t max_bytes(std::size_t count) const override;
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;

 private:
  std::uint32_t levels_;
  unsigned bits_;
  bool biased_;
  Layout layout_;
  Random random_;
};

}  // namespace deai::codec
