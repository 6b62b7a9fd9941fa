#include "base/bytes.h"

#include <array>
#include <cmath>
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "base/random.h"

namespace {

using namespace deai;

}  // namespace

TEST_CASE("numbers are written little-endian") {
  ByteWriter writer;
  writer.u8(0x01);
  writer.u16(0x0302);
  writer.u32(0x07060504);
  writer.u64(0x0f0e0d0c0b0a0908);
  writer.f32(1.0f);
  writer.f64(-2.0);
  REQUIRE(writer.take() == Bytes{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0,    0,    0x80,
                                 0x3f, 0,    0,    0,    0,    0,    0,    0,    0xc0});
}

TEST_CASE("what was written is read back") {
  const std::array<float, 3> floats{1.5f, -0.0f, std::numeric_limits<float>::infinity()};
  ByteWriter writer;
  writer.u64(1);
  writer.sized(std::string_view("bytes"));
  writer.f32s(floats);
  writer.f64(0.1);
  writer.u8(9);
  const Bytes bytes = writer.take();
  ByteReader reader(bytes);
  REQUIRE(reader.u64() == 1);
  REQUIRE(reader.sized_text(5) == "bytes");
  std::array<float, 3> back{};
  reader.f32s(back);
  REQUIRE(back == floats);
  REQUIRE(std::signbit(back[1]));
  REQUIRE(reader.f64() == 0.1);
  REQUIRE(reader.ok());
  REQUIRE_FALSE(reader.done());
  REQUIRE(reader.u8() == 9);
  REQUIRE(reader.done());
}

TEST_CASE("a short read is zeros, and so is every one after it") {
  const Bytes bytes{1, 2, 3};
  ByteReader reader(bytes);
  REQUIRE(reader.u16() == 0x0201);
  REQUIRE(reader.u32() == 0);
  REQUIRE_FALSE(reader.ok());
  REQUIRE(reader.u8() == 0);
  std::array<float, 2> floats{5, 5};
  reader.f32s(floats);
  REQUIRE(floats == std::array<float, 2>{0, 0});
  REQUIRE_FALSE(reader.done());
}

TEST_CASE("a length beyond the limit or the bytes is refused") {
  ByteWriter writer;
  writer.sized(std::string_view("12345678"));
  const Bytes bytes = writer.take();
  REQUIRE(ByteReader(bytes).sized(8).size() == 8);
  ByteReader limited(bytes);
  REQUIRE(limited.sized(7).empty());
  REQUIRE_FALSE(limited.ok());

  const Bytes lie{0xff, 0xff, 0xff, 0xff, 1};
  ByteReader lied(lie);
  REQUIRE(lied.sized(std::numeric_limits<std::size_t>::max()).empty());
  REQUIRE_FALSE(lied.ok());
}

TEST_CASE("any bytes can be read in any way") {
  Random random(9, 9);
  for (int round = 0; round < 500; ++round) {
    Bytes bytes(random.below(40));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    ByteReader reader(bytes);
    while (reader.ok()) {
      const std::size_t before = reader.left();
      switch (random.below(6)) {
        case 0:
          reader.u8();
          break;
        case 1:
          reader.u64();
          break;
        case 2:
          reader.sized(16);
          break;
        case 3:
          reader.sized_text(1000);
          break;
        case 4:
          reader.bytes(1 + random.below(9));
          break;
        default:
          reader.refuse();
          break;
      }
      REQUIRE(reader.left() <= before);
    }
  }
}
