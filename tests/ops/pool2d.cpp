#include "ops/pool2d.h"

#include <catch2/catch_test_macros.hpp>

#include "support/errors.h"

using namespace deai;

TEST_CASE("pool2d: what does not fit is refused in the op's name") {
  const auto told = [](const Shape& x, const ops::Pool2dOptions& options) {
    return support::error_of([&] { ops::check_pool2d("some_pool", x, options); });
  };
  CHECK(told({2, 5, 5, 3}, {}).empty());
  CHECK(told({2, 1, 1, 3}, {.kernel = {3, 3}, .padding = {1, 1}}).empty());
  CHECK(told({5, 5, 3}, {}) == "shape: some_pool: expected x [N, H, W, C], got [5, 5, 3]");
  CHECK(told({2, 5, 1, 3}, {}) ==
        "shape: some_pool: a window of 2x2 does not fit into x [2, 5, 1, 3]");
  CHECK(told({2, 5, 5, 3}, {.stride = {1, 0}}).starts_with("argument: some_pool: kernel and "));
  CHECK(told({2, 5, 5, 3}, {.kernel = {0, 2}}).starts_with("argument: some_pool: "));
  CHECK(told({2, 5, 5, 3}, {.padding = {2, 0}}).ends_with("padding at most half of the kernel"));
  CHECK(told({2, 5, 5, 3}, {.padding = {0, -1}}).starts_with("argument: some_pool: "));
}
