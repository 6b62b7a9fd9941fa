#pragma once

#include "codec/codec.h"

namespace deai::codec {

// The k numbers of largest size of each tensor of m numbers, k = max(1, ⌊m / one_in⌋), the others
// 0; of equal sizes the first. Wire: tensor by tensor k places in the whole vector (u32, rising),
// then the k numbers (float): 8 bytes each.
class TopK final : public Codec {
 public:
  TopK(std::uint32_t one_in, const Settings& settings)
      : one_in_(one_in), layout_(settings.layout) {}

  std::uint8_t id() const override { return 6; }
  std::size_t max_bytes(std::size_t count) const override;
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;

 private:
  std::uint32_t one_in_;
  Layout layout_;
};

// How many of m numbers are kept: max(1, ⌊m / one_in⌋), none of none.
std::size_t kept(std::size_t m, std::uint32_t one_in);

}  // namespace deai::codec
