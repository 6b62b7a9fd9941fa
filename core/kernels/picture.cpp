#include "kernels/picture.h"

#include <algorithm>

namespace deai::kernels {
namespace {

constexpr int kBlendBits = 8;  // of a place between two pixels

std::uint8_t byte(std::int64_t value) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, 0, 255));
}

// v, whose distance from `from` is multiplied; the nearest whole number.
std::uint8_t scaled(std::int32_t v, std::int32_t from, std::int32_t factor) {
  return byte(from + (((v - from) * factor + (1 << (kFactorBits - 1))) >> kFactorBits));
}

std::int32_t grey_of(const std::uint8_t* pixel, Index channels) {
  if (channels == 1) return pixel[0];
  return (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2] + 128) >> 8;
}

// Two neighbours on an axis and how far towards the second one.
struct Between {
  Index first;
  Index second;
  std::int32_t share;
};

Between between(std::int64_t place, Index count) {
  const auto first = static_cast<Index>(place >> kTurnBits);
  const auto inside = [&](Index at) { return std::clamp<Index>(at, 0, count - 1); };
  const auto share = static_cast<std::int32_t>((place >> (kTurnBits - kBlendBits)) & 255);
  return {inside(first), inside(first + 1), share};
}

}  // namespace

void warp_picture(Index height, Index width, Index channels, const std::uint8_t* x,
                  const Warp& warp, std::uint8_t* y) {
  constexpr std::int64_t kOne = std::int64_t{1} << kTurnBits;
  constexpr std::int32_t kWhole = 1 << kBlendBits;
  // The middle lies between two pixels where their number is even.
  const std::int64_t middle_y = (height - 1) * kOne / 2;
  const std::int64_t middle_x = (width - 1) * kOne / 2;
  for (Index i = 0; i < height; ++i) {
    for (Index j = 0; j < width; ++j) {
      const std::int64_t down = i * kOne - middle_y;
      const std::int64_t right = j * kOne - middle_x;
      const std::int64_t from_y =
          ((warp.cosine * down - warp.sine * right) >> kTurnBits) + middle_y + warp.up * kOne;
      const std::int64_t from_x =
          ((warp.cosine * right + warp.sine * down) >> kTurnBits) + middle_x + warp.left * kOne;
      const Between v = between(from_y, height);
      const Between h = between(warp.flip ? (width - 1) * kOne - from_x : from_x, width);
      const std::uint8_t* const top = x + v.first * width * channels;
      const std::uint8_t* const bottom = x + v.second * width * channels;
      for (Index c = 0; c < channels; ++c) {
        const Index a = h.first * channels + c;
        const Index b = h.second * channels + c;
        const std::int32_t above = top[a] * (kWhole - h.share) + top[b] * h.share;
        const std::int32_t below = bottom[a] * (kWhole - h.share) + bottom[b] * h.share;
        *y++ = byte((above * (kWhole - v.share) + below * v.share + (1 << (2 * kBlendBits - 1))) >>
                    (2 * kBlendBits));
      }
    }
  }
}

void tint_picture(Index pixels, Index channels, const Tint& tint, std::uint8_t* x) {
  constexpr std::int32_t kSame = 1 << kFactorBits;
  std::uint8_t* const end = x + pixels * channels;
  std::int64_t grey_sum = 0;
  for (std::uint8_t* pixel = x; pixel != end; pixel += channels) {
    for (Index c = 0; c < channels; ++c) pixel[c] = scaled(pixel[c], 0, tint.brightness);
    grey_sum += grey_of(pixel, channels);
  }
  const auto mean = static_cast<std::int32_t>((grey_sum + pixels / 2) / pixels);
  if (tint.contrast != kSame) {
    for (std::uint8_t* value = x; value != end; ++value) {
      *value = scaled(*value, mean, tint.contrast);
    }
  }
  if (tint.saturation == kSame || channels == 1) return;
  for (std::uint8_t* pixel = x; pixel != end; pixel += channels) {
    const std::int32_t grey = grey_of(pixel, channels);
    for (Index c = 0; c < channels; ++c) pixel[c] = scaled(pixel[c], grey, tint.saturation);
  }
}

}  // namespace deai::kernels
