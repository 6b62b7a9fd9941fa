#include "ops/scale.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("scale: values") {
  Context context;
  require_values(ops::scale(context, Variable(values({3}, {1, -2, 3})), real(0.5)).value(),
                 {0.5, -1, 1.5});
}

TEST_CASE("scale: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 7}}) {
    check_gradients([](Context& context, const auto& in) { return ops::scale(context, in[0], -3); },
                    {random_tensor(random, shape)});
  }
}
