#pragma once

#include "base/random.h"
#include "codec/codec.h"

namespace deai::codec {

// Codecs of whole multiples of a step per tensor, rounded at random. Wire: of each tensor the step,
// a float, and behind all of these for each value k + most in so many bits, k from -most to most.
class Levels : public Codec {
 public:
  std::size_t max_bytes(std::size_t count) const final;
  bool decode(ByteView bytes, std::span<float> values) const final;

 protected:
  // stream: of the random numbers, one for each kind of codec.
  Levels(std::uint32_t most, unsigned bits, const Settings& settings, std::uint64_t stream)
      : most_(most), bits_(bits), layout_(settings.layout), random_(settings.seed, stream) {}

  std::uint32_t most_;
  unsigned bits_;
  Layout layout_;
  Random random_;
};

}  // namespace deai::codec
