#include "data/augment.h"

#include <algorithm>

#include "base/random.h"
#include "kernels/picture.h"

namespace deai::data {
namespace {

// Uniform in [-1, 1).
double either_way(Random& random) { return 2 * static_cast<double>(random.uniform()) - 1; }

std::int32_t fixed(double value, int bits) {
  const double scaled = value * (1 << bits);
  return static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

// Taylor's series to a^9 and a^8, below 2^-16 apart from the truth up to 45 degrees: libm would
// differ between machines.
void turn(double angle, kernels::Warp& warp) {
  const double a2 = angle * angle;
  const double sine = angle * (1 - a2 / 6 * (1 - a2 / 20 * (1 - a2 / 42 * (1 - a2 / 72))));
  const double cosine = 1 - a2 / 2 * (1 - a2 / 12 * (1 - a2 / 30 * (1 - a2 / 56)));
  warp.sine = fixed(sine, kernels::kTurnBits);
  warp.cosine = fixed(cosine, kernels::kTurnBits);
}

}  // namespace

void augment(const task::ImageData& image, const Chances& chances,
             std::span<const std::uint8_t> from, Bytes& to) {
  constexpr double kDegree = 3.14159265358979323846 / 180;
  const task::Augment& wanted = image.augment;
  // The stream's high half is never an epoch that Order could have shuffled by.
  Random random(chances.seed, ~chances.epoch << 32 | chances.sample);
  // All are drawn, whatever is wanted: a setting more leaves the others' chances.
  const bool flip = random.next_u32() % 2 != 0;
  const auto span = static_cast<std::uint32_t>(2 * wanted.crop + 1);
  kernels::Warp warp;
  warp.up = static_cast<Index>(random.below(span)) - wanted.crop;
  warp.left = static_cast<Index>(random.below(span)) - wanted.crop;
  warp.flip = wanted.flip && flip;
  turn(wanted.rotate * kDegree * either_way(random), warp);
  const auto factor = [&](double most) {
    return fixed(std::max(0.0, 1 + most * either_way(random)), kernels::kFactorBits);
  };
  kernels::Tint tint;
  tint.brightness = factor(wanted.brightness);
  tint.contrast = factor(wanted.contrast);
  tint.saturation = factor(wanted.saturation);
  to.resize(from.size());
  kernels::warp_picture(image.height, image.width, image.channels, from.data(), warp, to.data());
  kernels::tint_picture(image.height * image.width, image.channels, tint, to.data());
}

}  // namespace deai::data
