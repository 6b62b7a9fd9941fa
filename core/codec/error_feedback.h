#pragma once

#include "codec/codec.h"

namespace deai::codec {

// What a codec lost of one vector is added to the next (Seide et al. 2014; Karimireddy et al. 2019):
//   e ← v + e - decode(encode(v + e)).
// Same bytes, and the same decoding, as the codec inside. What is not finite is forgotten, so that
// it spoils one vector only.
class ErrorFeedback final : public Codec {
 public:
  explicit ErrorFeedback(std::unique_ptr<Codec> inside) : inside_(std::move(inside)) {}

  std::uint8_t id() const override { return inside_->id() | 0x80; }
  std::size_t max_bytes(std::size_t count) const override { return inside_->max_bytes(count); }
  void encode(std::span<const float> values, ByteWriter& out) override;
  bool decode(ByteView bytes, std::span<float> values) const override {
    return inside_->decode(bytes, values);
  }

 private:
  std::unique_ptr<Codec> inside_;
  std::vector<float> error_;
  std::vector<float> decoded_;
};

}  // namespace deai::codec
