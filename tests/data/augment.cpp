#include "data/augment.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <set>

#include "base/random.h"

namespace {

using namespace deai;

task::ImageData pictures(Index channels, const task::Augment& augment) {
  task::ImageData image;
  image.height = 12;
  image.width = 10;
  image.channels = channels;
  image.augment = augment;
  return image;
}

Bytes picture(const task::ImageData& image) {
  Random random(9, 0);
  Bytes out(static_cast<std::size_t>(image.height * image.width * image.channels));
  for (std::uint8_t& value : out) value = static_cast<std::uint8_t>(random.below(256));
  return out;
}

Bytes altered(const task::ImageData& image, const data::Chances& chances) {
  Bytes out;
  data::augment(image, chances, picture(image), out);
  return out;
}

std::size_t ways(const task::Augment& augment, Index channels, std::uint32_t tries) {
  std::set<Bytes> found;
  for (std::uint32_t sample = 0; sample < tries; ++sample) {
    found.insert(altered(pictures(channels, augment), {1, 1, sample}));
  }
  return found.size();
}

std::uint32_t sum_of(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (const std::uint8_t value : bytes) sum = 31 * sum + value;
  return sum;
}

}  // namespace

TEST_CASE("pictures are altered by seed, epoch and sample, and by nothing else") {
  const task::ImageData image = pictures(3, {true, 2, 15, 0.3, 0.3, 0.3});
  const Bytes first = altered(image, {7, 1, 5});
  CHECK(altered(image, {7, 1, 5}) == first);
  CHECK(altered(image, {8, 1, 5}) != first);
  CHECK(altered(image, {7, 2, 5}) != first);
  CHECK(altered(image, {7, 1, 6}) != first);
}

TEST_CASE("every setting alters, and only that which is wanted") {
  CHECK(altered(pictures(3, {}), {1, 1, 1}) == picture(pictures(3, {})));
  CHECK(ways({.flip = true}, 1, 50) == 2);
  // 3 x 3 places.
  CHECK(ways({.crop = 1}, 1, 200) == 9);
  CHECK(ways({.rotate = 10}, 1, 20) == 20);
  CHECK(ways({.brightness = 0.5}, 1, 20) > 15);
  CHECK(ways({.contrast = 0.5}, 1, 20) > 15);
  CHECK(ways({.saturation = 0.5}, 3, 20) > 15);
}

// Chances of one setting do not move when another is added.
TEST_CASE("settings do not disturb each other's chances") {
  const task::ImageData moved = pictures(1, {.crop = 3});
  const task::ImageData both = pictures(1, {.flip = true, .crop = 3});
  int equal = 0;
  for (std::uint32_t sample = 0; sample < 40; ++sample) {
    equal += altered(moved, {1, 1, sample}) == altered(both, {1, 1, sample}) ? 1 : 0;
  }
  CHECK(equal > 10);
  CHECK(equal < 30);
}

// The same bits natively, in wasm and in the double build.
TEST_CASE("a known picture becomes known bytes on every machine") {
  const task::ImageData image = pictures(3, {true, 2, 15, 0.3, 0.3, 0.3});
  CHECK(sum_of(altered(image, {7, 1, 5})) == 0xc34b86dfu);
  CHECK(sum_of(altered(image, {7, 2, 5})) == 0x4ed73bddu);
}
