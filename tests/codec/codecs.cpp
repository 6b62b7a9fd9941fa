// What holds for every codec, and what one of them promises.
#include "codec/codec.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "codec/f16.h"
#include "codec/numbers.h"
#include "support/hex.h"

using namespace deai;

namespace {

// Two matrices and two vectors of one extent; 7 x 11 divides by nothing.
const codec::Layout kLayout = {{7, 11}, {5}, {16, 24}, {1}};
constexpr std::size_t kCount = 7 * 11 + 5 + 16 * 24 + 1;

const std::vector<std::string> kNames = {
    "f32",     "f16",    "int8",           "int4",       "sign",    "top_k/10",   "random_k/10",
    "qsgd/16", "qsgd/7", "qsgd_biased/16", "low_rank/2", "sign+ef", "top_k/10+ef"};

std::vector<float> noise(std::uint64_t stream, std::size_t count = kCount) {
  Random random(7, stream);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(random.normal());
  return out;
}

std::vector<float> passed(codec::Codec& codec, const std::vector<float>& values) {
  ByteWriter out;
  codec.encode(values, out);
  REQUIRE(out.size() == codec.max_bytes(values.size()));
  std::vector<float> decoded(values.size());
  REQUIRE(codec.decode(out.view(), decoded));
  return decoded;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
  }
  return sum;
}

// The mean of many encodings lies within 5 deviations of the vector.
void check_unbiased(const std::string& name, double factor, double deviation) {
  const auto codec = codec::make_any(name, {kLayout, 3});
  const auto values = noise(1);
  std::vector<double> sums(kCount);
  constexpr int kTimes = 4000;
  for (int time = 0; time < kTimes; ++time) {
    const auto decoded = passed(*codec, values);
    for (std::size_t i = 0; i < kCount; ++i) sums[i] += static_cast<double>(decoded[i]);
  }
  double worst = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    worst = std::max(worst, std::fabs(factor * sums[i] / kTimes - static_cast<double>(values[i])));
  }
  INFO(name << ": " << worst);
  CHECK(worst < 5 * deviation / std::sqrt(kTimes));
}

}  // namespace

TEST_CASE("Every codec writes as many bytes as it says, also of nothing and of zeros") {
  for (const std::string& name : kNames) {
    INFO(name);
    const auto codec = codec::make_any(name, {kLayout, 1});
    passed(*codec, noise(1));
    const auto zeros = passed(*codec::make_any(name, {kLayout, 1}), std::vector<float>(kCount));
    CHECK(std::all_of(zeros.begin(), zeros.end(), [](float value) { return value == 0; }));
    const auto whole = codec::make_any(name);
    for (const std::size_t count : {0u, 1u, 7u, 64u}) passed(*whole, noise(2, count));
  }
}

TEST_CASE("Sizes on the wire") {
  const auto bytes = [](const char* name, const codec::Layout& layout) {
    return codec::make_any(name, {layout, 0})->max_bytes(codec::total(layout));
  };
  // The MNIST network with 1,199,882 weights, and the residual one with 272,474 (20 layers, 1 x 1
  // shortcuts, batch norm).
  const codec::Layout mnist = {{32, 9}, {32}, {64, 288}, {64}, {128, 9216}, {128}, {10, 128}, {10}};
  REQUIRE(codec::total(mnist) == 1'199'882);
  CHECK(bytes("f32", mnist) == 4'799'528);
  CHECK(bytes("sign", mnist) == 150'018);
  CHECK(bytes("top_k/100", mnist) == 95'984);
  CHECK(bytes("random_k/100", mnist) == 4 + 95'984 / 2);
  CHECK(bytes("int8", mnist) == 1'199'882 + 32);
  CHECK(bytes("qsgd/7", mnist) == 599'941 + 32);
  CHECK(bytes("low_rank/1", mnist) == 4 * (234 + 9641) + 4 * 234);
}

TEST_CASE("Bytes of another length are refused") {
  for (const std::string& name : kNames) {
    INFO(name);
    const auto codec = codec::make_any(name, {kLayout, 1});
    ByteWriter out;
    codec->encode(noise(1), out);
    Bytes bytes(out.view().begin(), out.view().end());
    std::vector<float> values(kCount), fewer(kCount - 1);
    CHECK_FALSE(codec->decode(bytes, fewer));
    bytes.push_back(0);
    CHECK_FALSE(codec->decode(bytes, values));
    bytes.resize(bytes.size() - 2);
    CHECK_FALSE(codec->decode(bytes, values));
    CHECK_FALSE(codec->decode({}, values));
    if (name[0] != 'f') CHECK_THROWS_AS(codec->encode(noise(1, kCount + 1), out), Error);
  }
}

TEST_CASE("Any bytes of the right length are read or refused, never more") {
  Random random(11, 1);
  for (const std::string& name : kNames) {
    const auto codec = codec::make_any(name, {kLayout, 1});
    std::vector<float> values(kCount);
    for (int time = 0; time < 300; ++time) {
      Bytes bytes(codec->max_bytes(kCount));
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_u32());
      codec->decode(bytes, values);
    }
  }
}

TEST_CASE("What is not finite is seen at the other end, or dropped") {
  for (const std::string& name : kNames) {
    if (name.starts_with("random_k")) continue;  // may not draw that place
    INFO(name);
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      const auto codec = codec::make_any(name, {kLayout, 1});
      auto values = noise(1);
      values[30] = bad;
      const auto decoded = passed(*codec, values);
      CHECK_FALSE(
          std::all_of(decoded.begin(), decoded.end(), [](float v) { return std::isfinite(v); }));
    }
  }
}

TEST_CASE("The same seed gives the same bytes") {
  for (const std::string& name : kNames) {
    INFO(name);
    ByteWriter one, two;
    codec::make_any(name, {kLayout, 5})->encode(noise(1), one);
    codec::make_any(name, {kLayout, 5})->encode(noise(1), two);
    CHECK(test::to_hex(one.view()) == test::to_hex(two.view()));
  }
}

TEST_CASE("f16: known numbers, and every half goes to and fro") {
  CHECK(codec::to_half(1.0f) == 0x3c00);
  CHECK(codec::to_half(-2.0f) == 0xc000);
  CHECK(codec::to_half(65504.0f) == 0x7bff);
  CHECK(codec::to_half(1e9f) == 0x7bff);
  CHECK(codec::to_half(0x1p-24f) == 1);
  CHECK(codec::to_half(0x1p-25f) == 0);              // a tie, to even
  CHECK(codec::to_half(0x1.8p-24f) == 2);            // likewise
  CHECK(codec::to_half(1.0f + 0x1p-11f) == 0x3c00);  // likewise
  CHECK(codec::to_half(1.0f + 0x3p-11f) == 0x3c02);
  CHECK(codec::to_half(std::numeric_limits<float>::infinity()) == 0x7c00);
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    const float value = codec::from_half(static_cast<std::uint16_t>(half));
    if (std::isnan(value)) continue;
    REQUIRE(codec::to_half(value) == half);
  }
}

TEST_CASE("int8, int4, qsgd and random_k are right in the mean") {
  check_unbiased("int8", 1, 0.5 * 5 / 127);
  check_unbiased("int4", 1, 0.5 * 5 / 7);
  check_unbiased("qsgd/16", 1, 0.5 * 25 / 16);
  // Each number is drawn once in as many times as its stretch is long: about 10.
  const auto codec = codec::make_any("random_k/8", {{}, 3});
  const auto values = noise(1, 64);
  std::vector<double> sums(64);
  for (int time = 0; time < 8000; ++time) {
    const auto decoded = passed(*codec, values);
    for (std::size_t i = 0; i < 64; ++i) sums[i] += static_cast<double>(decoded[i]);
  }
  for (std::size_t i = 0; i < 64; ++i) {
    const auto value = static_cast<double>(values[i]);
    CHECK(std::fabs(8 * sums[i] / 8000 - value) < 0.15 * std::fabs(value) + 1e-6);
  }
}

TEST_CASE("sign: the mean size with each sign, and just that much is lost") {
  const auto codec = codec::make_any("sign", {{{2, 2}, {2}}, 0});
  CHECK(passed(*codec, {1, -2, 0, 5, -1, -3}) == std::vector<float>{2, -2, 2, 2, -2, -2});
  ByteWriter out;
  codec->encode(std::vector<float>{1, -2, 0, 5, -1, -3}, out);
  CHECK(test::to_hex(out.view()) == "000000400000004032");
  const auto values = noise(4, 100);
  const double size = codec::sum_of_sizes(values);
  CHECK(std::fabs(distance(values, passed(*codec::make_any("sign"), values)) -
                  (codec::sum_of_squares(values) - size * size / 100)) < 1e-3);
}

TEST_CASE("top_k keeps the largest, of equals the first") {
  const auto codec = codec::make_any("top_k/2", {{{6}, {1}}, 0});
  CHECK(passed(*codec, {1, -3, 2, -2, 0.5f, 2, 7}) == std::vector<float>{0, -3, 2, -2, 0, 0, 7});
  Random random(3, 1);
  for (int time = 0; time < 50; ++time) {
    const auto values = noise(static_cast<std::uint64_t>(time), 1 + random.below(400));
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end(),
              [](float a, float b) { return std::fabs(a) > std::fabs(b); });
    const std::size_t k = std::max<std::size_t>(1, values.size() / 5);
    const auto decoded = passed(*codec::make_any("top_k/5"), values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(decoded[i] == (std::fabs(values[i]) >= std::fabs(sorted[k - 1]) ? values[i] : 0));
    }
  }
}

TEST_CASE("top_k refuses places that do not rise, or lie in another tensor") {
  const auto codec = codec::make_any("top_k/2", {{{4}, {2}}, 0});
  const auto read = [&](std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    ByteWriter out;
    out.u32(a);
    out.u32(b);
    out.f32s(std::vector<float>{1, 2});
    out.u32(c);
    out.f32(3);
    std::vector<float> values(6);
    return codec->decode(out.view(), values);
  };
  CHECK(read(0, 3, 5));
  CHECK_FALSE(read(3, 0, 5));
  CHECK_FALSE(read(1, 1, 5));
  CHECK_FALSE(read(0, 4, 5));
  CHECK_FALSE(read(0, 3, 3));
  CHECK_FALSE(read(0, 3, 6));
  CHECK_FALSE(read(0, 0xffffffff, 5));
}

TEST_CASE("Contractions lose less than the vector has") {
  for (const char* name : {"sign", "top_k/10", "random_k/10", "qsgd_biased/16", "low_rank/2"}) {
    INFO(name);
    const auto codec = codec::make_any(name, {kLayout, 1});
    for (std::uint64_t stream = 0; stream < 20; ++stream) {
      const auto values = noise(stream);
      CHECK(distance(values, passed(*codec, values)) < codec::sum_of_squares(values));
    }
  }
}

TEST_CASE("low_rank finds a matrix of its rank after a few vectors, and vectors go as they are") {
  const codec::Layout layout = {{20, 30}, {5}};
  std::vector<float> values(605);
  const auto a = noise(1, 40), b = noise(2, 60);
  for (std::size_t i = 0; i < 600; ++i) {
    values[i] = a[i / 30] * b[i % 30] + 0.5f * a[20 + i / 30] * b[30 + i % 30];
  }
  for (std::size_t i = 600; i < 605; ++i) values[i] = static_cast<float>(i);
  const auto codec = codec::make_any("low_rank/2", {layout, 1});
  CHECK(codec->max_bytes(605) == 4 * (2 * 50 + 5));
  std::vector<float> decoded;
  for (int time = 0; time < 3; ++time) decoded = passed(*codec, values);
  CHECK(distance(values, decoded) < 1e-8 * codec::sum_of_squares(values));
  // After a vector of zeros, too.
  passed(*codec, std::vector<float>(605));
  for (int time = 0; time < 3; ++time) decoded = passed(*codec, values);
  CHECK(distance(values, decoded) < 1e-8 * codec::sum_of_squares(values));
}

TEST_CASE("Error feedback: what is lost stays bounded, without it it grows") {
  const auto drift = [](const char* name) {
    const auto codec = codec::make_any(name, {kLayout, 1});
    std::vector<float> sum(kCount), seen(kCount);
    for (std::uint64_t step = 0; step < 200; ++step) {
      auto values = noise(step);
      for (std::size_t i = 0; i < kCount; ++i) values[i] += i % 3 == 0 ? 0.2f : 1.0f;
      const auto decoded = passed(*codec, values);
      for (std::size_t i = 0; i < kCount; ++i) {
        sum[i] += values[i];
        seen[i] += decoded[i];
      }
    }
    return distance(sum, seen) / codec::sum_of_squares(sum);
  };
  CHECK(drift("sign+ef") < 1e-3);
  CHECK(drift("sign") > 10 * drift("sign+ef"));
  CHECK(drift("top_k/10+ef") < 0.01);
  CHECK(drift("top_k/10") > 10 * drift("top_k/10+ef"));
}

TEST_CASE("Names of codecs") {
  CHECK(codec::make_any("top_k/100+ef")->id() == (6 | 0x80));
  for (const char* name : {"", "f33", "top_k", "top_k/", "top_k/0", "top_k/-1", "top_k/1x",
                           "int8/2", "low_rank/257", "+ef", "top_k/99999999999999999999"}) {
    INFO(name);
    CHECK_THROWS_AS(codec::make_any(name), Error);
  }
}
