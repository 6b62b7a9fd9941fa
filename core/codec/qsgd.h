#pragma once

#include "codec/levels.h"

namespace deai::codec {

// QSGD (Alistarh et al. 2017) with s levels, per tensor of m numbers:
//   v → ‖v‖₂ · sign(v) · ⌊s |v| / ‖v‖₂ + u⌋ / s,  u uniform in [0, 1): right in the mean.
// Biased: times 1 / (1 + min(m / s², √m / s)), which makes it a contraction, as CHOCO needs.
// The step is ‖v‖₂ / s, scaled; a level has ⌈log₂(2 s + 1)⌉ bits.
class Qsgd final : public Levels {
 public:
  Qsgd(std::uint32_t levels, bool biased, const Settings& settings);

  std::uint8_t id() const override { return biased_ ? 10 : 8; }
  void encode(std::span<const float> values, ByteWriter& out) override;

 private:
  bool biased_;
};

}  // namespace deai::codec
