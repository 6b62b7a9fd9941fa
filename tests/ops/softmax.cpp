#include "ops/softmax.h"

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

}  // namespace

TEST_CASE("softmax: values, far ones too") {
  Context context;
  const Variable x(values({2, 2}, {0, std::log(real(3)), 1000, -1000}));
  require_values(ops::softmax(context, x).value(), {0.25, 0.75, 1, 0});
}

TEST_CASE("softmax: gradient") {
  Random random(1, 1);
  for (const Shape& shape : {Shape{1}, Shape{0, 3}, Shape{4, 1}, Shape{3, 7}, Shape{2, 2, 5}}) {
    check_gradients([](Context& context, const auto& in) { return ops::softmax(context, in[0]); },
                    {random_tensor(random, shape, -2, 2)});
  }
}

TEST_CASE("softmax: what does not fit") {
  Context context;
  require_refusal([&] { ops::softmax(context, Variable(Tensor::zeros({3, 0}))); },
                  ErrorCode::kShape, {"softmax", "[3, 0]"});
}
