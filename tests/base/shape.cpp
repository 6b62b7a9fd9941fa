#include "base/shape.h"

#include <array>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"

namespace {

using namespace deai;

}  // namespace

TEST_CASE("a shape knows its extents") {
  const Shape shape{64, 28, 28, 1};
  REQUIRE(shape.rank() == 4);
  REQUIRE(shape[0] == 64);
  REQUIRE(shape[-1] == 1);
  REQUIRE(shape.size() == 64 * 28 * 28);
  REQUIRE(shape.to_string() == "[64, 28, 28, 1]");
  REQUIRE_THROWS_AS(shape[4], Error);
  REQUIRE_THROWS_AS(shape[-5], Error);
}

TEST_CASE("a scalar has one element, an empty shape none") {
  REQUIRE(Shape().size() == 1);
  REQUIRE(Shape().to_string() == "[]");
  REQUIRE(Shape{3, 0, 5}.size() == 0);
}

TEST_CASE("shapes are equal by rank and extents") {
  REQUIRE(Shape{2, 3} == Shape{2, 3});
  REQUIRE(Shape{2, 3} != Shape{3, 2});
  REQUIRE(Shape{2} != Shape{2, 1});
  REQUIRE(Shape{0} != Shape{});
}

TEST_CASE("impossible shapes are refused") {
  REQUIRE_THROWS_AS((Shape{-1}), Error);
  REQUIRE_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1}), Error);
  REQUIRE_THROWS_AS((Shape{1 << 20, 1 << 20}), Error);
}
