#include "kernels/picture.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace {

using namespace deai;
using kernels::Tint;
using kernels::Warp;
using Picture = std::vector<std::uint8_t>;

Picture random_picture(std::size_t size) {
  Random random(3, 1);
  Picture out(size);
  for (std::uint8_t& value : out) value = static_cast<std::uint8_t>(random.below(256));
  return out;
}

Picture warped(const Picture& x, Index height, Index width, Index channels, const Warp& warp) {
  Picture y(x.size());
  kernels::warp_picture(height, width, channels, x.data(), warp, y.data());
  return y;
}

Picture tinted(Picture x, Index channels, const Tint& tint) {
  kernels::tint_picture(static_cast<Index>(x.size()) / channels, channels, tint, x.data());
  return x;
}

Warp turned(double degrees) {
  const double angle = degrees * 3.14159265358979323846 / 180;
  return {.cosine = static_cast<std::int32_t>(std::lround(65536 * std::cos(angle))),
          .sine = static_cast<std::int32_t>(std::lround(65536 * std::sin(angle)))};
}

}  // namespace

TEST_CASE("a warp that does nothing changes nothing, of any size") {
  for (const auto& [height, width, channels] :
       {std::array<Index, 3>{1, 1, 1}, {5, 4, 1}, {4, 7, 3}, {6, 6, 3}}) {
    const Picture x = random_picture(static_cast<std::size_t>(height * width * channels));
    CHECK(warped(x, height, width, channels, {}) == x);
  }
}

TEST_CASE("a warp moves, flips and repeats the border") {
  const Picture x{1, 2, 3,  //
                  4, 5, 6};
  CHECK(warped(x, 2, 3, 1, {.up = 1}) == Picture{4, 5, 6, 4, 5, 6});
  CHECK(warped(x, 2, 3, 1, {.left = -1}) == Picture{1, 1, 2, 4, 4, 5});
  CHECK(warped(x, 2, 3, 1, {.up = -64, .left = 64}) == Picture{3, 3, 3, 3, 3, 3});
  CHECK(warped(x, 2, 3, 1, {.flip = true}) == Picture{3, 2, 1, 6, 5, 4});
  CHECK(warped({1, 2, 3, 4, 5, 6}, 1, 2, 3, {.flip = true}) == Picture{4, 5, 6, 1, 2, 3});
}

TEST_CASE("a warp turns around the middle, both axes alike") {
  const Picture x{1, 2, 3, 4, 5, 6, 7, 8, 9};
  // A quarter; back; and half of one lies between pixels.
  CHECK(warped(x, 3, 3, 1, turned(90)) == Picture{7, 4, 1, 8, 5, 2, 9, 6, 3});
  CHECK(warped(warped(x, 3, 3, 1, turned(90)), 3, 3, 1, turned(-90)) == x);
  const Picture edge{0, 0, 200, 200,  //
                     0, 0, 200, 200};
  const Picture y = warped(edge, 2, 4, 1, turned(20));
  // Above the middle the edge moves one way, below it the other.
  CHECK(y[1] == 0);
  CHECK(y[2] < 200);
  CHECK(y[5] > 0);
  CHECK(y[6] == 200);
}

TEST_CASE("a tint multiplies distances and stays within a byte") {
  CHECK(tinted({0, 100, 255}, 1, {}) == Picture{0, 100, 255});
  CHECK(tinted({0, 100, 200}, 1, {.brightness = 384}) == Picture{0, 150, 255});
  CHECK(tinted({0, 100, 200}, 1, {.contrast = 128}) == Picture{50, 100, 150});
  CHECK(tinted({0, 100, 200}, 1, {.contrast = 512}) == Picture{0, 100, 255});
  CHECK(tinted({0, 100, 200}, 1, {.saturation = 0}) == Picture{0, 100, 200});
  // Grey of (200, 100, 0) is 118.75.
  CHECK(tinted({200, 100, 0}, 3, {.saturation = 0}) == Picture{119, 119, 119});
  CHECK(tinted({200, 100, 0}, 3, {.saturation = 128}) == Picture{160, 110, 60});
  const Picture x = random_picture(48);
  CHECK(tinted(x, 3, {}) == x);
}
