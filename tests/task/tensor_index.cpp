#include <catch2/catch_test_macros.hpp>

#include "support/errors.h"
#include "task/tensor_index.h"

namespace {

using namespace deai;

std::string error_of(const std::string& header) {
  return support::error_of([&] { task::read_tensor_index(header); });
}

}  // namespace

TEST_CASE("a tensor index survives writing and reading") {
  task::TensorIndex index;
  index.tensors.push_back({"0.weight", "F32", {2, 3}, 0, 24});
  index.tensors.push_back({"say \"a\"\n", "F32", {}, 24, 28});
  index.metadata = {{"task", "boats"}, {"round", "12"}};
  const std::string text = task::tensor_index_text(index);
  CHECK(text == R"({"__metadata__":{"task":"boats","round":"12"},)"
                R"("0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                R"("say \"a\"\u000a":{"dtype":"F32","shape":[],"data_offsets":[24,28]}})");
  const task::TensorIndex again = task::read_tensor_index(text);
  CHECK(task::tensor_index_text(again) == text);
  CHECK(again.metadata == index.metadata);
}

TEST_CASE("a tensor index of another form is refused") {
  CHECK(error_of("{").starts_with("file: model file's header, line 1, column 2: not JSON: "));
  CHECK(error_of("[]") == "file: model file's header: expected an object, found an array of 0");
  CHECK(error_of(R"({"a":{"dtype":"F32","shape":[1]}})") ==
        "file: a.data_offsets: missing, expected an array of 2");
  CHECK(error_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})") ==
        "file: a.shape[0]: expected a whole number from 0 to 4294967295, found -1");
  CHECK(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})") ==
        "file: a.data_offsets[1]: expected a whole number from 4 to 9007199254740992, found 0");
  CHECK(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})") ==
        "file: a.x: unknown field; the nearest known one is \"dtype\"");
  CHECK(error_of(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                 R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})") ==
        "file: model file's header: the field \"a\" stands here twice");
  CHECK(error_of(R"({"__metadata__":{"a":1}})")
            .starts_with("file: __metadata__.a: expected a text of 0 to "));
}
