#pragma once

namespace deai::bench {

// Multiplies and adds in registers only, on vectors of 128 bits: what no kernel on such vectors
// can beat. Fused where the build has it (native x86-64 with FMA, relaxed SIMD), else a product and
// a sum. Returns the number of floating-point operations; the sum keeps the work from being dropped.
double spin(long rounds, float& sum);

}  // namespace deai::bench
