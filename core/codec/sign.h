#pragma once

#include "codec/codec.h"

namespace deai::codec {

// The sign of every number with each tensor's mean size: v → (‖v‖₁ / m) · sign(v), sign(0) = +1
// (the compressor "sign+norm" of CHOCO-SGD, Koloskova et al. 2019). A contraction: ‖C(v) - v‖² =
// ‖v‖² - ‖v‖₁²/m. Wire: a float per tensor, then a bit per number, 1 where it is negative.
class Sign final : public Codec {
 public:
  explicit Sign(const Settings& settings) : layout_(settings.layout) {}

  std::uint8_t id() const override { return 5; }
  std::size_t max_bytes(std::size_t count) const override;
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;

 private:
  Layout layout_;
};

}  // namespace deai::codec
