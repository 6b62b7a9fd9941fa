#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/random.h"

namespace deai::codec {

// A vector that the other end knows nearly, in a few bits a number (the modulo quantiser of
// SwarmSGD and Moniqua): k = ⌊x / step + u⌋, of which k mod q travels, q = 2^bits; the reader's own
// vector y says which of all those k it was: k' = c + q · round((y / step - c) / q). Right, and
// right in the mean, where |x - y| <= step · (q / 2 - 1) everywhere. It is no Codec, as reading
// needs y. Wire: step (float), a checksum over all k (u32), then c in so many bits each.
std::size_t lattice_bytes(std::size_t count, unsigned bits);

// The step with which differences up to that size can be read.
float lattice_step(float difference, unsigned bits);

// x → out. bits in [2, 16]. What is not finite makes bytes that every reader refuses.
void lattice_encode(std::span<const float> x, float step, unsigned bits, Random& random,
                    ByteWriter& out);

enum class LatticeVerdict : std::uint8_t {
  kRead,
  kTooFar,   // the vectors lie further apart than the step allows: the checksum says so
  kRefused,  // no encoding of that many numbers
};

// near may be out itself. Unless kRead is answered, out is not to be used.
LatticeVerdict lattice_decode(ByteView bytes, unsigned bits, std::span<const float> near,
                              std::span<float> out);
// The step that bytes of sufficient length name; 0 where it is none.
float lattice_step_of(ByteView bytes);

}  // namespace deai::codec
