#include "ops/lstm.h"

#include "ops/recurrent_check.h"

namespace {

using namespace deai;
using namespace deai::ops::test;

void step(const std::vector<double>& a, const std::vector<double>& b, std::vector<double>& h,
          std::vector<double>& c) {
  const std::size_t width = h.size();
  const auto sum = [&](std::size_t gate, std::size_t i) {
    return a[gate * width + i] + b[gate * width + i];
  };
  for (std::size_t i = 0; i < width; ++i) {
    c[i] = sigmoid_of(sum(1, i)) * c[i] + sigmoid_of(sum(0, i)) * std::tanh(sum(2, i));
    h[i] = sigmoid_of(sum(3, i)) * std::tanh(c[i]);
  }
}

}  // namespace

TEST_CASE("lstm: values") {
  Random random(1, 1);
  for (const auto& [samples, steps, inputs, width] : kRecurrentSizes) {
    const auto in = draw_recurrent(random, 4, {samples, steps, inputs}, width);
    Context context;
    require_recurrent(ops::lstm(context, Variable(in[0]), constants(in)).value(), in, width, step);
  }
  const auto large = draw_recurrent(random, 4, {13, 9, 30}, 37);
  Context context;
  require_recurrent(ops::lstm(context, Variable(large[0]), constants(large)).value(), large, 37,
                    step);
}

TEST_CASE("lstm: gradient") {
  Random random(2, 1);
  for (const auto& [samples, steps, inputs, width] : kRecurrentSizes) {
    INFO("N " << samples << " T " << steps << " I " << inputs << " H " << width);
    check_gradients(
        [](Context& context, const auto& in) { return ops::lstm(context, in[0], weights_of(in)); },
        draw_recurrent(random, 4, {samples, steps, inputs}, width));
  }
}

TEST_CASE("lstm: step by step as at once") {
  Random random(3, 1);
  const auto in = draw_recurrent(random, 4, {1, 7, 2}, 5);
  Tensor memory = Tensor::zeros({2, 5}), all({1, 7, 5});
  Index before = 0;
  for (const Index steps : {1, 3, 1, 2}) {
    const Tensor h = ops::lstm_step(in[0].part(before * 2, {1, steps, 2}), constants(in), memory);
    std::ranges::copy(h.span(), all.span().begin() + before * 5);
    before += steps;
  }
  require_recurrent(all, in, 5, step);
  require_refusal([&] { ops::lstm_step(Tensor::zeros({2, 1, 2}), constants(in), memory); },
                  ErrorCode::kShape, {"lstm_step", "[2, 5]", "[2, 1, 2]"});
}

TEST_CASE("lstm: what does not fit") {
  Random random(4, 1);
  Context context;
  auto in = draw_recurrent(random, 4, {2, 3, 4}, 5);
  require_refusal([&] { ops::lstm(context, Variable(Tensor::zeros({2, 4})), constants(in)); },
                  ErrorCode::kShape,
                  {"lstm: expected", "x [2, 4]", "w_ih [20, 4]", "w_hh [20, 5]"});
  in[4] = Tensor::zeros({15});
  require_refusal([&] { ops::lstm(context, Variable(in[0]), constants(in)); }, ErrorCode::kShape,
                  {"b_hh [15]"});
}
