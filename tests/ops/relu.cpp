#include "ops/relu.h"

#include <limits>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("relu: values") {
  Context context;
  const Variable x(values({4}, {-2, 0, 3, std::numeric_limits<real>::quiet_NaN()}));
  const Tensor y = ops::relu(context, x).value();
  require_values(y.part(0, {3}), {0, 0, 3});
  REQUIRE(std::isnan(y.span()[3]));
}

TEST_CASE("relu: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}, Shape{2, 3, 4, 5}}) {
    check_gradients([](Context& context, const auto& in) { return ops::relu(context, in[0]); },
                    {spread_tensor(random, shape)}, {.step = 1e-3});
  }
}

TEST_CASE("relu: works in place where nobody else holds x, and leaves it alone otherwise") {
  Context context;
  Tensor mine = values({4}, {-1, 2, -3, 4});
  const real* const place = mine.data();
  const Variable y = ops::relu(context, Variable(std::move(mine)));
  REQUIRE(y.value().data() == place);
  require_values(y.value(), {0, 2, 0, 4});

  const Tensor shared = values({4}, {-1, 2, -3, 4});
  const Variable z = ops::relu(context, Variable(shared));
  REQUIRE(z.value().data() != shared.data());
  require_values(shared, {-1, 2, -3, 4});

  // dy goes on in its own memory; a second use of x is added to the first.
  const Variable x = context.tape.input(values({3}, {1, -1, 2}));
  const Variable a = ops::relu(context, x);
  const Variable b = ops::relu(context, x);
  const Variable sum = context.tape.record(Tensor::scalar(0), [a, b](const Tensor&) {
    for (const Variable& one : {a, b}) {
      const auto [data, accumulate] = one.gradient()->target();
      for (Index i = 0; i < 3; ++i) data[i] = static_cast<real>(i + 1) + (accumulate ? data[i] : 0);
    }
  });
  context.tape.backward(sum);
  require_values(x.gradient()->tensor(), {2, 0, 6});
}
