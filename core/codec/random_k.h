#pragma once

#include "codec/codec.h"

namespace deai::codec {

// k = max(1, ⌊m / one_in⌋) numbers of each tensor of m, at places that both ends draw from the
// shared settings.seed, the others 0: one from each of k stretches of nearly equal length (each
// number is as likely as in a draw of k of m, at the cost of k draws). Times m / k it is right in
// the mean; as it is, a contraction for error feedback and CHOCO. It is linear for one draw.
// Wire: which draw (u32), then the numbers (float).
class RandomK final : public Codec {
 public:
  RandomK(std::uint32_t one_in, const Settings& settings)
      : one_in_(one_in), layout_(settings.layout), seed_(settings.seed) {}

  std::uint8_t id() const override { return 7; }
  std::size_t max_bytes(std::size_t count) const override;
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;

 private:
  template <typename Body>
  void for_each_place(std::uint32_t draw, std::size_t count, const Body& body) const;

  std::uint32_t one_in_;
  Layout layout_;
  std::uint64_t seed_;
  std::uint32_t draw_ = 0;
};

}  // namespace deai::codec
