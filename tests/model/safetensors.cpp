#include "model/safetensors.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "base/random.h"
#include "support/errors.h"

namespace {

using namespace deai;

const std::vector<nn::Parameter>& parameters() {
  static const std::vector<nn::Parameter> all{{"0.weight", {2, 2}, nn::Section::kTrained, 0},
                                              {"0.bias", {2}, nn::Section::kTrained, 4}};
  return all;
}

const std::vector<real> kWeights{1, -2, 0.5, 4, 0.25, -0.125};

// A file with this header and that many numbers behind it.
Bytes file_of(std::string_view header, std::size_t numbers, float value = 1) {
  ByteWriter out;
  out.u64(header.size());
  out.bytes({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()});
  for (std::size_t at = 0; at < numbers; ++at) out.f32(value);
  return out.take();
}

std::string error_of(ByteView file) {
  return support::error_of([&] { model::read_safetensors(parameters(), file); });
}

std::string header_error(std::string_view header, std::size_t numbers = 6) {
  return error_of(file_of(header, numbers));
}

}  // namespace

TEST_CASE("weights survive a model file") {
  const Bytes file = model::write_safetensors(parameters(), kWeights, {{"task", "boats"}});
  CHECK(model::read_safetensors(parameters(), file) ==
        std::vector<float>{1, -2, 0.5f, 4, 0.25f, -0.125f});
  CHECK(model::read_metadata(file) == model::Metadata{{"task", "boats"}});
  ByteReader reader(file);
  CHECK(reader.u64() % 8 == 0);
}

TEST_CASE("tensors may stand in any order, and a file need not have metadata") {
  const Bytes file = file_of(R"({"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}})",
                             6);
  CHECK(error_of(file).empty());
  CHECK(model::read_metadata(file).empty());
}

TEST_CASE("a model file that does not fit is refused with its reason") {
  const std::string bias = R"("0.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]})";
  const std::string weight = R"("0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)";
  REQUIRE(header_error("{" + weight + bias + "}").empty());

  const std::string name = "file: model file, tensor \"0.weight\": ";
  const auto with_weight = [&](std::string_view entry) {
    return header_error("{\"0.weight\":" + std::string(entry) + "," + bias + "}");
  };
  CHECK(with_weight(R"({"dtype":"F16","shape":[2,2],"data_offsets":[0,16]})") ==
        name + "has the type F16, expected F32");
  CHECK(with_weight(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})") ==
        name + "has the shape [4], expected [2, 2]");
  CHECK(with_weight(R"({"dtype":"F32","shape":[2,2],"data_offsets":[0,12]})") ==
        name + "takes 12 bytes, expected 16");
  CHECK(with_weight(R"({"dtype":"F32","shape":[2,2],"data_offsets":[24,40]})") ==
        "file: model file, tensor \"0.bias\": begins at byte 16, but the bytes from 0 on belong to "
        "no tensor");
  CHECK(with_weight(R"({"dtype":"F32","shape":[2,2],"data_offsets":[4,20]})") ==
        name + "begins at byte 4, but the bytes from 0 on belong to no tensor");
  CHECK(with_weight(R"({"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,16]})") ==
        name + "has the shape [4294967295, 4294967295], expected [2, 2]");
  CHECK(header_error(
            "{" + weight + R"("0.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", 4) ==
        "file: model file, tensor \"0.bias\": begins at byte 8, inside another tensor");
  CHECK(header_error("{" + bias + "}") == name + "is missing");
  CHECK(header_error("{" + weight + bias +
                     R"(,"1.bias":{"dtype":"F32","shape":[0],"data_offsets":[24,24]}})") ==
        "file: model file, tensor \"1.bias\": the task's model has none of this name");
  CHECK(header_error("{" + weight + weight + bias + "}") ==
        "file: model file's header: the field \"0.weight\" stands here twice");
  CHECK(header_error("{" + weight + bias + "}", 5) ==
        "file: model file, tensor \"0.bias\": ends at byte 24, but the file has only 20 bytes "
        "behind its header");
  CHECK(header_error("{" + weight + bias + "}", 7) ==
        "file: model file: 4 bytes behind the last tensor belong to none");
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    CHECK(error_of(file_of("{" + weight + bias + "}", 6, bad)).starts_with(name + "number 0 is "));
  }
}

TEST_CASE("a header longer than its file is refused") {
  CHECK(error_of({}) == "file: model file: 0 bytes are too short for a safetensors file");
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    ByteWriter out;
    out.u64(length);
    out.u8('{');
    out.u8('}');
    CHECK(error_of(out.view())
              .starts_with("file: model file: 10 bytes are too short for a safetensors file with a "
                           "header of "));
  }
}

TEST_CASE("a damaged model file is read rightly or refused, never anything else") {
  const Bytes good = model::write_safetensors(parameters(), kWeights, {{"task", "boats"}});
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(error_of(ByteView(good).first(length)).empty());
  }
  Random random(1, 0);
  for (int trial = 0; trial < 2000; ++trial) {
    Bytes bad = good;
    bad[random.below(static_cast<std::uint32_t>(bad.size()))] ^=
        static_cast<std::uint8_t>(1u << random.below(8));
    const std::string error = error_of(bad);
    CHECK((error.empty() || error.starts_with("file: ")));
  }
}
