#pragma once

#include "codec/codec.h"

namespace deai::codec {

// EF21 (Richtárik, Sokolov, Fatkhullin 2021): both ends keep g, and a contraction of v - g travels:
//   g ← g + decode(encode(v - g)).
// Unlike error feedback, what is lost does not pile up where v stays. One such object at each end of a
// stream; no message of it may be lost, or the reading end is given the writing one's value() in full.
class Ef21 {
 public:
  Ef21(std::unique_ptr<Codec> inside, std::size_t count)
      : inside_(std::move(inside)), g_(count), change_(count) {}

  // The writing end; v has as many numbers as g.
  void encode(std::span<const float> v, ByteWriter& out);
  // The reading end: false, and nothing changed, where the codec refuses the bytes.
  bool decode(ByteView bytes);
  std::span<const float> value() const { return g_; }
  void set_value(std::span<const float> g) { g_.assign(g.begin(), g.end()); }

 private:
  std::unique_ptr<Codec> inside_;
  std::vector<float> g_;
  std::vector<float> change_;
};

}  // namespace deai::codec
