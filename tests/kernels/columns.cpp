#include "kernels/columns.h"

#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace deai;

TEST_CASE("columns are copied and added") {
  const std::vector<real> from = {1, 2, 3, 4, 5, 6};
  std::vector<real> to(8, 10);
  kernels::copy_columns(from.data() + 1, 3, 2, 2, to.data(), 4, false);
  CHECK(to == std::vector<real>{2, 3, 10, 10, 5, 6, 10, 10});
  kernels::copy_columns(from.data(), 3, 2, 1, to.data() + 2, 4, true);
  CHECK(to == std::vector<real>{2, 3, 11, 10, 5, 6, 14, 10});
}

TEST_CASE("rows are gathered and scattered") {
  const std::vector<real> table = {1, 2, 3, 4, 5, 6}, places = {2, 0, 2};
  std::vector<real> y(6), sums(6, 1);
  kernels::gather_rows(table.data(), 2, places.data(), 3, y.data());
  CHECK(y == std::vector<real>{5, 6, 1, 2, 5, 6});
  kernels::scatter_rows(y.data(), 2, places.data(), 3, sums.data());
  CHECK(sums == std::vector<real>{2, 3, 1, 1, 11, 13});
}
