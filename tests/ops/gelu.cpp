#include "ops/gelu.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("gelu: values") {
  Context context;
  const Variable x(values({5}, {0, 1, -1, 10, -10}));
  require_values(ops::gelu(context, x, ops::Gelu::kExact).value(),
                 {0, 0.8413447460685429, -0.15865525393145707, 10, 0});
  require_values(ops::gelu(context, x, ops::Gelu::kTanh).value(),
                 {0, 0.8411919906082768, -0.15880800939172324, 10, 0});
}

TEST_CASE("gelu: gradient") {
  Random random(1, 1);
  for (const auto kind : {ops::Gelu::kExact, ops::Gelu::kTanh}) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}, Shape{2, 3, 4}}) {
      check_gradients(
          [kind](Context& context, const auto& in) { return ops::gelu(context, in[0], kind); },
          {random_tensor(random, shape, -3, 3)});
    }
  }
}
