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

std::vector<real> read(std::span<const nn::Parameter> expected, ByteView file,
                       const model::ReadOptions& options = {}) {
  std::vector<real> weights(6, -9);
  model::TensorFile(file).read(expected, weights, options);
  return weights;
}

std::string error_of(ByteView file) {
  return support::error_of([&] { read(parameters(), file); });
}

std::string header_error(std::string_view header, std::size_t numbers = 6) {
  return error_of(file_of(header, numbers));
}

}  // namespace

TEST_CASE("weights survive a model file") {
  const Bytes file = model::write_safetensors(parameters(), kWeights, {{"task", "boats"}});
  CHECK(read(parameters(), file) == kWeights);
  CHECK(model::TensorFile(file).field("task") == "boats");
  CHECK(model::TensorFile(file).field("format") == "pt");
  CHECK(model::TensorFile(file).field("round").empty());
  ByteReader reader(file);
  CHECK(reader.u64() % 8 == 0);
}

TEST_CASE("tensors may stand in any order, and a file need not have metadata") {
  const Bytes file = file_of(R"({"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}})",
                             6);
  CHECK(error_of(file).empty());
  CHECK(model::TensorFile(file).field("task").empty());
}

TEST_CASE("a model file that does not fit is refused with its reason") {
  const std::string bias = R"("0.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]})";
  const std::string weight = R"("0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)";
  REQUIRE(header_error("{" + weight + bias + "}").empty());

  const std::string name = "file: model file, tensor \"0.weight\": ";
  const auto with_weight = [&](std::string_view entry) {
    return header_error("{\"0.weight\":" + std::string(entry) + "," + bias + "}");
  };
  CHECK(with_weight(R"({"dtype":"I32","shape":[2,2],"data_offsets":[0,16]})") ==
        name + "has the type I32, expected F32, F16 or BF16");
  CHECK(with_weight(R"({"dtype":"F8","shape":[2,2],"data_offsets":[0,16]})") ==
        name + "has the unknown type F8");
  CHECK(with_weight(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})") ==
        name + "has the shape [4], expected [2, 2]");
  CHECK(with_weight(R"({"dtype":"F32","shape":[2,2],"data_offsets":[0,12]})") ==
        name + "takes 12 bytes, but its shape [2, 2] of F32 needs 16");
  CHECK(with_weight(R"({"dtype":"F32","shape":[2,2],"data_offsets":[24,40]})") ==
        name + "ends at byte 40, but the file has only 24 bytes behind its header");
  CHECK(with_weight(R"({"dtype":"F32","shape":[2,2],"data_offsets":[4,20]})") ==
        name + "begins at byte 4, but the bytes from 0 on belong to no tensor");
  CHECK(with_weight(R"({"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,16]})") ==
        name + "is larger than a browser's memory");
  CHECK(with_weight(R"({"dtype":"F32","shape":[0,4294967295,4294967295,4294967295],)"
                    R"("data_offsets":[0,16]})") ==
        name +
            "takes 16 bytes, but its shape [0, 4294967295, 4294967295, 4294967295] of F32 needs 0");
  CHECK(header_error(
            "{" + weight + R"("0.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", 4) ==
        "file: model file, tensor \"0.bias\": begins at byte 8, inside another tensor");
  CHECK(header_error("{" + bias + "}") ==
        "file: model file, tensor \"0.bias\": begins at byte 16, but the bytes from 0 on belong to "
        "no tensor");
  CHECK(header_error(R"({"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 2) ==
        name + "is missing");
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

TEST_CASE("kernels and what reads a flattened image stand channels first in a file") {
  // [O, H, W, I] = [1, 1, 3, 2] and, of a flattened image of 3 pixels and 2 channels, [1, 6].
  const std::vector<nn::Parameter> conv{{"0.weight", {1, 1, 3, 2}, nn::Section::kTrained, 0, 3}};
  const std::vector<nn::Parameter> dense{{"0.weight", {1, 6}, nn::Section::kTrained, 0, 3}};
  const std::vector<real> ours{11, 12, 21, 22, 31, 32};  // pixel, channel
  for (const auto& [parameters, shape] :
       {std::pair(conv, "[1,2,1,3]"), std::pair(dense, "[1,6]")}) {
    const Bytes file = model::write_safetensors(parameters, ours, {});
    const std::string header(file.begin() + 8, file.end() - 24);
    CHECK(header.find(std::string(R"("shape":)") + shape) != std::string::npos);
    ByteReader numbers(ByteView(file).last(24));
    for (const float expected : {11.f, 21.f, 31.f, 12.f, 22.f, 32.f})
      CHECK(numbers.f32() == expected);
    CHECK(read(parameters, file) == ours);
  }
}

TEST_CASE("kernels of single pixels have PyTorch's shape, too") {
  const std::vector<nn::Parameter> one{{"0.weight", {2, 1, 1, 3}, nn::Section::kTrained, 0, 1}};
  const Bytes file = model::write_safetensors(one, kWeights, {});
  const std::string header(file.begin() + 8, file.end() - 24);
  CHECK(header.find(R"("shape":[2,3,1,1])") != std::string::npos);
  CHECK(read(one, file) == kWeights);
}

TEST_CASE("numbers of half the size are read") {
  const std::vector<nn::Parameter> one{{"0.weight", {6}, nn::Section::kTrained, 0}};
  const auto file = [](std::string_view type, std::initializer_list<std::uint16_t> numbers) {
    Bytes out = file_of("{\"0.weight\":{\"dtype\":\"" + std::string(type) +
                            R"(","shape":[6],"data_offsets":[0,12]}})",
                        0);
    for (const std::uint16_t number : numbers) {
      out.push_back(static_cast<std::uint8_t>(number));
      out.push_back(static_cast<std::uint8_t>(number >> 8));
    }
    return out;
  };
  CHECK(read(one, file("F16", {0x3c00, 0xc100, 0x0001, 0x8000, 0x7bff, 0x0400})) ==
        std::vector<real>{1, -2.5, real(0x1p-24), 0, 65504, real(0x1p-14)});
  CHECK(read(one, file("BF16", {0x3f80, 0xc020, 0x0000, 0x4000, 0x3f00, 0x4280})) ==
        std::vector<real>{1, -2.5, 0, 2, 0.5, 64});
  for (const std::uint16_t bad : std::initializer_list<std::uint16_t>{0x7c00, 0xfc00, 0x7e00}) {
    CHECK(support::error_of([&] {
            read(one, file("F16", {bad, 0, 0, 0, 0, 0}));
          }).starts_with("file: model file, tensor \"0.weight\": number 0 is "));
  }
}

TEST_CASE("of a file of another model what fits is read when that is asked for") {
  const Bytes file = file_of(R"({"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("0.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[8,32]},)"
                             R"("1.weight":{"dtype":"I64","shape":[1],"data_offsets":[32,40]}})",
                             10);
  std::vector<real> weights(6, -9);
  const model::TensorFile tensors(file);
  model::ReadReport report = tensors.read(parameters(), weights, {.strict = false});
  CHECK(weights == std::vector<real>{-9, -9, -9, -9, 1, 1});
  CHECK(report.read == std::vector<std::string>{"0.bias"});
  CHECK(report.kept == std::vector<std::string>{"0.weight"});
  CHECK(report.left ==
        std::vector<std::string>{"0.weight: has the shape [3, 2], expected [2, 2]",
                                 "1.weight: the task's model has none of this name"});
  // Strictly, but only some.
  weights.assign(6, -9);
  report = tensors.read(parameters(), weights, {.only = {"0.b"}});
  CHECK(weights == std::vector<real>{-9, -9, -9, -9, 1, 1});
  CHECK(report.left.front() == "0.weight: was not asked for");
  CHECK(support::error_of([&] { tensors.read(parameters(), weights, {.only = {"0."}}); }) ==
        "file: model file, tensor \"0.weight\": has the shape [3, 2], expected [2, 2]");
}

TEST_CASE("what a checkpoint and PyTorch keep beside the parameters does not disturb") {
  const model::FileTensor others[] = {{"training_state.moments", "F32", {1}, {0, 0, 0, 0}},
                                      {"1.num_batches_tracked", "I64", {}, Bytes(8)}};
  const Bytes file = model::write_safetensors(parameters(), kWeights, {}, others);
  CHECK(read(parameters(), file) == kWeights);
  const model::TensorFile tensors(file);
  CHECK(tensors.tensor("training_state.moments", "F32").size() == 4);
  CHECK(support::error_of([&] { tensors.tensor("training_state.moments", "U8"); }) ==
        "file: model file, tensor \"training_state.moments\": has the type F32, expected U8");
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
  // One bit, or some bytes of the file's own copied, taken out or replaced by what headers are of.
  constexpr std::string_view kWords[] = {
      "{",    "[",       "}",           "]",    "\"",
      ",",    "-1",      "4294967296",  "1e99", "9007199254740993",
      "null", "\"F16\"", "\"0.bias\":", ":"};
  const auto any = [&](std::size_t below) {
    return static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint32_t>(below)));
  };
  for (int trial = 0; trial < 20000; ++trial) {
    Bytes bad = good;
    for (int change = 0; change <= any(3); ++change) {
      const auto at = bad.begin() + any(bad.size());
      const auto end = at + any(static_cast<std::size_t>(bad.end() - at) + 1);
      const std::string_view word = kWords[any(std::size(kWords))];
      switch (any(4)) {
        case 0:
          *at ^= static_cast<std::uint8_t>(1u << any(8));
          break;
        case 1:
          if (bad.end() - bad.begin() > end - at + 1) bad.erase(at, end);
          break;
        case 2: {
          const Bytes again(at, end);
          bad.insert(at, again.begin(), again.end());
          break;
        }
        default:
          bad.insert(at, word.begin(), word.end());
      }
    }
    const std::string error = error_of(bad);
    CHECK((error.empty() || error.starts_with("file: ")));
  }
}

TEST_CASE("a header that nests deeply or is very long is refused") {
  CHECK(header_error(std::string(1 << 20, '[')).starts_with("file: model file's header"));
  CHECK(header_error("{\"a\":" + std::string(1 << 19, '[') + std::string(1 << 19, ']') + "}")
            .starts_with("file: a: expected an object"));
  CHECK(header_error("{" + std::string(4 << 20, ' ') + "}") ==
        "file: model file's header: 4194306 bytes, expected at most 4194304");
}
