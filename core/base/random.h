#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/real.h"

namespace deai {

// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011). The n-th number of a (seed, stream) depends on nothing else, so results
// are equal on every machine and streams are independent. Not for secrets (core/secure).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  // Uniform in [0, bound), without modulo bias; bound > 0.
  std::uint32_t below(std::uint32_t bound);
  // Uniform in [0, 1) with 24 random bits: exact in float and double.
  real uniform();
  // Uniform in [low, high).
  real uniform(real low, real high);
  // Standard normal as the sum of twelve uniforms minus six (Irwin-Hall): no libm, hence equal
  // bits everywhere; tails end at +-6.
  real normal();
  // Fisher-Yates.
  void shuffle(std::span<std::uint32_t> items);

  // Where the stream stands, so that a checkpoint can go on from the same number.
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t position_ = 0;  // in 32-bit words
  std::array<std::uint32_t, 4> block_{};
};

// The ten rounds on one counter; exposed for its known-answer test.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

}  // namespace deai
