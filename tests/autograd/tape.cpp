#include "autograd/tape.h"

#include <array>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"

namespace {

using namespace deai;
using autograd::Tape;
using autograd::Variable;
using tensor::Pool;
using tensor::Tensor;

// y = factor·x on one number, as an op would write it.
Variable scale(Tape& tape, const Variable& x, real factor) {
  Tensor y = Tensor::scalar(factor * x.value().item());
  if (!x.needs_gradient()) return Variable(y);
  return tape.record(y, [dx = x.gradient(), factor](const Tensor& dy) {
    const auto [data, accumulate] = dx->target();
    data[0] = factor * dy.item() + (accumulate ? data[0] : 0);
  });
}

}  // namespace

TEST_CASE("rules run backwards and add up where a variable is used twice") {
  Tape tape;
  const Variable x = tape.input(Tensor::scalar(1));
  const Variable y = scale(tape, x, 3);
  const Variable a = scale(tape, y, 5);
  const Variable b = scale(tape, y, 7);
  tape.backward(a);
  REQUIRE(x.gradient()->tensor().item() == 15);

  tape.reset();
  const Variable x2 = tape.input(Tensor::scalar(1));
  const Variable y2 = scale(tape, x2, 3);
  const Variable c = scale(tape, y2, 5);
  const Variable both =
      tape.record(Tensor::scalar(0), [dc = c.gradient(), dy2 = y2.gradient()](const Tensor& dy) {
        for (autograd::Gradient* const gradient : {dc, dy2}) {
          const auto [data, accumulate] = gradient->target();
          data[0] = dy.item() + (accumulate ? data[0] : 0);
        }
      });
  tape.backward(both);
  REQUIRE(x2.gradient()->tensor().item() == 3 * (5 + 1));
  (void)b;
}

TEST_CASE("a result that nothing flows into stays without a gradient") {
  Tape tape;
  const Variable x = tape.input(Tensor::scalar(1));
  const Variable unused = tape.input(Tensor::scalar(1));
  (void)scale(tape, unused, 2);
  tape.backward(scale(tape, x, 2));
  REQUIRE_FALSE(unused.gradient()->tensor());
}

TEST_CASE("a parameter's gradient stands in its owner's memory, whatever stood there") {
  Tape tape;
  const Tensor gradient = Tensor::scalar(100);
  const Tensor unused = Tensor::scalar(100);
  for (int step = 0; step < 2; ++step) {
    const Variable x = tape.parameter(Tensor::scalar(1), gradient);
    (void)tape.parameter(Tensor::scalar(1), unused);
    tape.backward(scale(tape, x, 4));
    REQUIRE(gradient.item() == 4);
    REQUIRE(unused.item() == 0);
    tape.reset();
  }
  // Two layers that share a weight.
  const Variable first = tape.parameter(Tensor::scalar(1), gradient);
  const Variable second = tape.parameter(Tensor::scalar(1), gradient);
  const Variable sum = tape.record(Tensor::scalar(0), [first, second](const Tensor& dy) {
    for (const Variable& one : {first, second}) {
      const auto [data, accumulate] = one.gradient()->target();
      data[0] = 3 * dy.item() + (accumulate ? data[0] : 0);
    }
  });
  tape.backward(sum);
  REQUIRE(gradient.item() == 6);
  REQUIRE_THROWS_AS(tape.parameter(Tensor::scalar(1), Tensor::zeros({2})), Error);
}

TEST_CASE("the walk drops what the rules kept, and so does a reset") {
  const std::size_t before = Pool::mine().use().in_use_bytes;
  Tape tape;
  for (const bool walk : {true, false}) {
    {
      const Variable x = tape.input(Tensor::scalar(1));
      const Tensor kept = Tensor::zeros({1000});
      const Variable y = tape.record(Tensor::scalar(1), [dx = x.gradient(), kept](const Tensor&) {
        dx->target().data[0] = 0;
      });
      if (walk) tape.backward(y);
    }
    tape.reset();
    REQUIRE(Pool::mine().use().in_use_bytes == before);
  }
}

TEST_CASE("backward asks for what it needs") {
  Tape tape;
  REQUIRE_THROWS_AS(tape.backward(Variable(Tensor::scalar(1))), Error);
  const Variable x = tape.input(Tensor::zeros({2}));
  REQUIRE_THROWS_AS(tape.backward(x), Error);
  REQUIRE_THROWS_AS(tape.backward(x, Tensor::zeros({3})), Error);
  tape.backward(x, Tensor::full({2}, 3));
  REQUIRE(x.gradient()->tensor().data()[1] == 3);
}

TEST_CASE("many rules need more than one block, and their addresses stay") {
  Tape tape;
  const Variable x = tape.input(Tensor::scalar(1));
  Variable y = x;
  for (int step = 0; step < 2000; ++step) y = scale(tape, y, 1);
  tape.backward(scale(tape, y, 2));
  REQUIRE(x.gradient()->tensor().item() == 2);
}
