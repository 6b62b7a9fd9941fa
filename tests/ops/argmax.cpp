#include "ops/argmax.h"

#include <vector>

#include "ops/values.h"

TEST_CASE("argmax: the first of the largest of each row") {
  using namespace deai;
  using namespace deai::ops::test;
  std::vector<std::int32_t> places(3);
  ops::argmax(values({3, 3}, {1, 3, 2, 5, 5, 5, -3, -2, -1}), places);
  REQUIRE(places == std::vector<std::int32_t>{1, 0, 2});
  require_refusal([&] { ops::argmax(tensor::Tensor::zeros({2, 3}), places); }, ErrorCode::kShape,
                  {"argmax", "[2, 3]", "3"});
}
