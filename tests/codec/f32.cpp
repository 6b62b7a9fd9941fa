#include "codec/f32.h"

#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "base/error.h"
#include "support/hex.h"

using namespace deai;

TEST_CASE("f32 writes four little-endian bytes a number") {
  ByteWriter out;
  codec::F32().encode(std::vector<float>{1.0f, -2.5f}, out);
  CHECK(test::to_hex(out.view()) == "0000803f000020c0");
  CHECK(codec::F32().max_bytes(2) == out.size());
}

TEST_CASE("f32 keeps every bit, of numbers that are none as well") {
  const std::vector<float> values = {0.0f, -0.0f, std::numeric_limits<float>::denorm_min(),
                                     std::numeric_limits<float>::infinity(),
                                     std::bit_cast<float>(0x7fc12345u)};
  ByteWriter out;
  codec::F32().encode(values, out);
  std::vector<float> decoded(values.size());
  REQUIRE(codec::F32().decode(out.view(), decoded));
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(std::bit_cast<std::uint32_t>(values[i]) == std::bit_cast<std::uint32_t>(decoded[i]));
  }
}

TEST_CASE("f32 refuses another length") {
  std::vector<float> two(2);
  CHECK_FALSE(codec::F32().decode(Bytes(7), two));
  CHECK_FALSE(codec::F32().decode(Bytes(9), two));
  CHECK_FALSE(codec::F32().decode({}, two));
}

TEST_CASE("A codec is found by its name in task.json") {
  CHECK(codec::make_any("f32")->id() == codec::F32().id());
  CHECK_THROWS_AS(codec::make_any("f31"), Error);
}
