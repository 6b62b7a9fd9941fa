#include "tensor/tensor.h"

#include <array>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "tensor/eigen.h"

namespace {

using namespace deai;
using deai::tensor::Pool;
using deai::tensor::Tensor;

}  // namespace

TEST_CASE("copies of a tensor share its elements, a clone does not") {
  Tensor a = Tensor::zeros({2, 3});
  Tensor copy = a;
  Tensor clone = a.clone();
  copy.data()[4] = 7;
  REQUIRE(a.data()[4] == 7);
  REQUIRE(clone.data()[4] == 0);
  REQUIRE(clone.shape() == Shape{2, 3});
}

TEST_CASE("the last owner gives the memory back") {
  const std::size_t before = Pool::mine().use().in_use_bytes;
  {
    Tensor a({100});
    Tensor b = a;
    Tensor moved = std::move(a);
    REQUIRE_FALSE(a);  // NOLINT: a moved-from tensor is a default one
    a = b;
    b = Tensor();
    REQUIRE(Pool::mine().use().in_use_bytes > before);
  }
  REQUIRE(Pool::mine().use().in_use_bytes == before);
}

TEST_CASE("a part shares elements and outlives the whole") {
  Tensor part;
  {
    Tensor whole = Tensor::copy_of({6}, std::array<real, 6>{0, 1, 2, 3, 4, 5});
    part = whole.part(2, {2, 2});
    whole.data()[2] = 9;
  }
  REQUIRE(part.shape() == Shape{2, 2});
  REQUIRE(part.data()[0] == 9);
  REQUIRE(part.data()[3] == 5);
  REQUIRE_THROWS_AS(part.part(3, {2}), Error);
  REQUIRE_THROWS_AS(part.part(-1, {1}), Error);
  REQUIRE(part.part(4, {0}).size() == 0);
}

TEST_CASE("what does not fit is refused with both shapes") {
  const Tensor a = Tensor::zeros({2, 3});
  REQUIRE(a.reshaped({3, 2}).shape() == Shape{3, 2});
  try {
    (void)a.reshaped({4});
    FAIL("did not throw");
  } catch (const Error& error) {
    REQUIRE(error.code() == ErrorCode::kShape);
    REQUIRE(error.text().find("[2, 3]") != std::string::npos);
    REQUIRE(error.text().find("[4]") != std::string::npos);
  }
  REQUIRE_THROWS_AS(a.item(), Error);
  REQUIRE_THROWS_AS(Tensor::copy_of({2}, std::array<real, 1>{0}), Error);
  REQUIRE(Tensor::scalar(4).item() == 4);
}

TEST_CASE("the door shows tensors as Eigen's arrays") {
  const Tensor a = Tensor::copy_of({2, 1, 3}, std::array<real, 6>{0, 1, 2, 3, 4, 5});
  REQUIRE(tensor::flat(a).sum() == 15);
  REQUIRE(tensor::table(a).rows() == 2);
  REQUIRE(tensor::table(a)(1, 0) == 3);
  REQUIRE(tensor::table(Tensor::zeros({4, 0})).rows() == 0);
}
