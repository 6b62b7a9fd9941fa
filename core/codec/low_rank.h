#pragma once

#include "codec/codec.h"

namespace deai::codec {

// Each tensor as a product of thin matrices, by one power iteration that starts where the last
// vector's ended (PowerSGD, Vogels et al. 2019):
//   P = orthonormalise(X Q),  Q = Xᵀ P,  decoded P Qᵀ.
// Tensors of one extent, and those that the factors would not shorten, go as they are.
// Wire: tensor by tensor P [M x r] and Q [N x r] column by column, or the tensor; floats.
class LowRank final : public Codec {
 public:
  LowRank(std::uint32_t rank, const Settings& settings)
      : rank_(rank), layout_(settings.layout), seed_(settings.seed) {}

  std::uint8_t id() const override { return 9; }
  std::size_t max_bytes(std::size_t count) const override;
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override;

 private:
  std::size_t rank_;
  Layout layout_;
  std::uint64_t seed_;
  std::vector<std::vector<float>> warm_;  // Q of each tensor
};

}  // namespace deai::codec
