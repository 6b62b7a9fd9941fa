#include "ops/rotary.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("rotary: values") {
  // Two heads of 4, of which the first is turned, by p and p/100.
  Context context;
  const Tensor x = values({1, 2, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor y = ops::rotary(context, Variable(x), {4, 1, 3}).value();
  const auto turned = [](double p) {
    const double c = std::cos(p), s = std::sin(p), d = std::cos(p / 100), t = std::sin(p / 100);
    return std::array{c - 3 * s, 2 * d - 4 * t, 3 * c + s, 4 * d + 2 * t};
  };
  const auto a = turned(3), b = turned(4);
  require_values(y, {a[0], a[1], a[2], a[3], 5, 6, 7, 8, b[0], b[1], b[2], b[3], 5, 6, 7, 8}, 2e-6);
  REQUIRE(x.span()[0] == 1);  // held by others: not in place
}

TEST_CASE("rotary: in place where nobody else holds x, and exact far from the beginning") {
  Context context;
  Variable x(Tensor::full({1, 2000, 2}, 1));
  const real* const memory = x.value().data();
  const Tensor y = ops::rotary(context, std::move(x), {2, 1, 1'000'000}).value();
  REQUIRE(y.data() == memory);
  const double place = 1'001'999;
  REQUIRE(std::abs(static_cast<double>(y.span()[3998]) - (std::cos(place) - std::sin(place))) <=
          2e-7);
}

TEST_CASE("rotary: gradient") {
  Random random(1, 1);
  for (const auto& [samples, steps, heads, width, columns] : {std::array<Index, 5>{1, 1, 1, 2, 2},
                                                              {0, 2, 1, 2, 2},
                                                              {2, 0, 1, 2, 2},
                                                              {2, 3, 0, 2, 3},
                                                              {2, 3, 2, 6, 13},
                                                              {1, 5, 1, 18, 18}}) {
    check_gradients([&](Context& context,
                        const auto& in) { return ops::rotary(context, in[0], {width, heads, 7}); },
                    {random_tensor(random, {samples, steps, columns})});
  }
}

TEST_CASE("rotary: what does not fit") {
  Context context;
  const auto call = [&](const Shape& x, const ops::RotaryHeads& heads) {
    ops::rotary(context, Variable(Tensor::zeros(x)), heads);
  };
  require_refusal([&] { call({2, 4}, {2, 1}); }, ErrorCode::kShape, {"rotary", "[2, 4]"});
  require_refusal([&] { call({1, 2, 6}, {3, 2}); }, ErrorCode::kShape, {"rotary", "2 heads of 3"});
  require_refusal([&] { call({1, 2, 6}, {4, 2}); }, ErrorCode::kShape, {"rotary", "[1, 2, 6]"});
  require_refusal([&] { call({1, 2, 8}, {4, 2, -1}); }, ErrorCode::kShape, {"offset -1"});
}
