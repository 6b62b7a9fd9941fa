#include "ops/gru.h"

#include "ops/recurrent_check.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

void step(const std::vector<double>& a, const std::vector<double>& b, std::vector<double>& h,
          const std::vector<double>&) {
  const std::size_t width = h.size();
  for (std::size_t i = 0; i < width; ++i) {
    const double r = sigmoid_of(a[i] + b[i]);
    const double z = sigmoid_of(a[width + i] + b[width + i]);
    const double n = std::tanh(a[2 * width + i] + r * b[2 * width + i]);
    h[i] = (1 - z) * n + z * h[i];
  }
}

}  // namespace

TEST_CASE("gru: values") {
  Random random(1, 1);
  for (const auto& [samples, steps, inputs, width] : kRecurrentSizes) {
    const auto in = draw_recurrent(random, 3, {samples, steps, inputs}, width);
    Context context;
    require_recurrent(ops::gru(context, Variable(in[0]), constants(in)).value(), in, width, step);
  }
  const auto large = draw_recurrent(random, 3, {13, 9, 30}, 37);
  Context context;
  require_recurrent(ops::gru(context, Variable(large[0]), constants(large)).value(), large, 37,
                    step);
}

TEST_CASE("gru: gradient") {
  Random random(2, 1);
  for (const auto& [samples, steps, inputs, width] : kRecurrentSizes) {
    INFO("N " << samples << " T " << steps << " I " << inputs << " H " << width);
    check_gradients(
        [](Context& context, const auto& in) { return ops::gru(context, in[0], weights_of(in)); },
        draw_recurrent(random, 3, {samples, steps, inputs}, width));
  }
}

TEST_CASE("gru: step by step as at once") {
  Random random(3, 1);
  const auto in = draw_recurrent(random, 3, {1, 7, 2}, 5);
  Tensor memory = Tensor::zeros({1, 5}), all({1, 7, 5});
  Index before = 0;
  for (const Index steps : {1, 3, 1, 2}) {
    const Tensor h = ops::gru_step(in[0].part(before * 2, {1, steps, 2}), constants(in), memory);
    std::ranges::copy(h.span(), all.span().begin() + before * 5);
    before += steps;
  }
  require_recurrent(all, in, 5, step);
  require_refusal([&] { ops::gru_step(Tensor::zeros({2, 1, 2}), constants(in), memory); },
                  ErrorCode::kShape, {"gru_step", "[1, 5]", "[2, 1, 2]"});
}

TEST_CASE("gru: what does not fit") {
  Random random(4, 1);
  Context context;
  auto in = draw_recurrent(random, 3, {2, 3, 4}, 5);
  require_refusal([&] { ops::gru(context, Variable(Tensor::zeros({2, 4})), constants(in)); },
                  ErrorCode::kShape, {"gru: expected", "x [2, 4]", "w_ih [15, 4]", "w_hh [15, 5]"});
  in[4] = Tensor::zeros({20});
  require_refusal([&] { ops::gru(context, Variable(in[0]), constants(in)); }, ErrorCode::kShape,
                  {"b_hh [20]"});
}
