#include "ops/mean.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("mean: values") {
  Context context;
  require_values(ops::mean(context, Variable(values({2, 2}, {1, 2, 3, -8}))).value(), {-0.5});
}

TEST_CASE("mean: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 7}}) {
    check_gradients([](Context& context, const auto& in) { return ops::mean(context, in[0]); },
                    {random_tensor(random, shape)});
  }
}

TEST_CASE("mean: of nothing there is none") {
  Context context;
  require_refusal([&] { ops::mean(context, Variable(Tensor::zeros({0, 4}))); }, ErrorCode::kShape,
                  {"mean", "[0, 4]"});
}
