#pragma once

#include <cstdint>

#include "base/real.h"

// Pictures of H x W pixels of C bytes each, altered in whole numbers only: equal bits on every machine.
namespace deai::kernels {

constexpr int kTurnBits = 16;   // of cosine and sine
constexpr int kFactorBits = 8;  // of a colour's factor

struct Warp {
  // Of the angle by which the picture is turned around its middle, times 2^kTurnBits.
  std::int32_t cosine = 1 << kTurnBits;
  std::int32_t sine = 0;
  // By how many pixels the picture moves up and to the left.
  Index up = 0;
  Index left = 0;
  bool flip = false;  // left and right exchanged, first of all
};

// y(i, j) = x at the place that the warp brings to (i, j), between pixels bilinear; beyond the
// border its nearest pixel. x and y do not overlap.
void warp_picture(Index height, Index width, Index channels, const std::uint8_t* x,
                  const Warp& warp, std::uint8_t* y);

// Factors times 2^kFactorBits, applied in this order, each result cut to 0..255.
struct Tint {
  std::int32_t brightness = 1 << kFactorBits;  // v * f
  std::int32_t contrast = 1 << kFactorBits;    // m + (v - m) * f; m: the picture's mean grey
  std::int32_t saturation = 1 << kFactorBits;  // g + (v - g) * f; g: the pixel's grey
};

// Grey is (77 R + 150 G + 29 B) / 256. In place; with one channel saturation does nothing.
void tint_picture(Index pixels, Index channels, const Tint& tint, std::uint8_t* x);

}  // namespace deai::kernels
