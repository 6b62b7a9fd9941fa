#include "codec/ef21.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

using namespace deai;

TEST_CASE("ef21: the reading end comes to a vector that stays, and follows one that moves") {
  for (const char* name : {"top_k/10", "sign", "random_k/4"}) {
    INFO(name);
    constexpr std::size_t kCount = 200;
    codec::Ef21 writing(codec::make_any(name), kCount), reading(codec::make_any(name), kCount);
    Random random(4, 4);
    std::vector<float> v(kCount);
    for (float& value : v) value = static_cast<float>(random.normal());
    double off = 0;
    for (int step = 0; step < 400; ++step) {
      if (step < 20) v[7] += 0.1f;
      ByteWriter bytes;
      writing.encode(v, bytes);
      REQUIRE(reading.decode(bytes.view()));
      off = 0;
      for (std::size_t i = 0; i < kCount; ++i) {
        CHECK(reading.value()[i] == writing.value()[i]);
        off = std::max(off, std::fabs(static_cast<double>(v[i] - reading.value()[i])));
      }
    }
    CHECK(off < 0.05);
  }
}

TEST_CASE("ef21: refused bytes change nothing") {
  codec::Ef21 stream(codec::make_any("sign"), 9);
  CHECK_FALSE(stream.decode(Bytes(3)));
  CHECK(stream.value()[0] == 0);
  ByteWriter out;
  CHECK_THROWS_AS(stream.encode(std::vector<float>(8), out), Error);
}
