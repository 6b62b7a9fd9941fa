#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "autograd/context.h"

// The numeric gradient test of the op contract (core/README.md).
namespace deai::ops::test {

using autograd::Context;
using autograd::Variable;
using tensor::Tensor;

using Function = std::function<Variable(Context&, const std::vector<Variable>&)>;

inline Tensor random_tensor(Random& random, const Shape& shape, real low = -1, real high = 1) {
  Tensor out(shape);
  for (real& value : out.span()) value = random.uniform(low, high);
  return out;
}

// Distinct numbers, at least 1/(2·size) apart and away from 0: no kink of relu or of a maximum
// within the steps of the differences.
inline Tensor spread_tensor(Random& random, const Shape& shape) {
  Tensor out(shape);
  std::vector<std::uint32_t> order(out.span().size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  random.shuffle(order);
  const auto count = static_cast<real>(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.span()[i] = (static_cast<real>(order[i]) + real(0.5)) * 2 / count - 1;
    if (order.size() % 2 == 1) out.span()[i] += 1 / (2 * count);
  }
  return out;
}

struct Settings {
  // The double build is the exact one; float only shows that nothing is grossly wrong.
  double step = sizeof(real) == 8 ? 1e-5 : 1e-2;
  double tolerance = sizeof(real) == 8 ? 1e-7 : 3e-2;
  bool training = false;
};

namespace detail {

// Every evaluation draws the same random numbers.
inline void prepare(Context& context, const Settings& settings) {
  context.tape.reset();
  context.training = settings.training;
  context.random = Random(11, 22);
}

inline double project(const Tensor& y, const Tensor& direction) {
  double sum = 0;
  for (std::size_t i = 0; i < y.span().size(); ++i) {
    sum += static_cast<double>(y.span()[i]) * static_cast<double>(direction.span()[i]);
  }
  return sum;
}

// The gradients of direction·f by the rules; wanted[i]: of which inputs.
inline std::vector<Tensor> by_rules(const Function& f, const std::vector<Tensor>& inputs,
                                    const std::vector<bool>& wanted, const Tensor& direction,
                                    const Settings& settings, int times) {
  Context context;
  prepare(context, settings);
  std::vector<Variable> variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    variables.push_back(wanted[i] ? context.tape.input(inputs[i]) : Variable(inputs[i]));
  }
  // Several uses of the same inputs: the rules must add up, and may not overwrite.
  std::vector<Variable> results;
  for (int use = 0; use < times; ++use) {
    context.random = Random(11, 22);
    results.push_back(f(context, variables));
  }
  const Variable all = context.tape.record(Tensor::scalar(0), [results, direction](const Tensor&) {
    for (const Variable& result : results) {
      const auto [data, accumulate] = result.gradient()->target();
      REQUIRE_FALSE(accumulate);
      std::copy(direction.span().begin(), direction.span().end(), data);
    }
  });
  context.tape.backward(all);
  std::vector<Tensor> gradients;
  for (const Variable& variable : variables) {
    gradients.push_back(variable.needs_gradient() ? variable.gradient()->tensor() : Tensor());
  }
  return gradients;
}

}  // namespace detail

// Projects f(inputs) on a fixed random direction and compares the gradient of every element of
// every input with central differences; then asks again for each input alone, and for f used
// twice.
inline void check_gradients(const Function& f, const std::vector<Tensor>& inputs,
                            const Settings& settings = {}) {
  Context context;
  const auto evaluate = [&](const std::vector<Tensor>& at) {
    detail::prepare(context, settings);
    std::vector<Variable> constants(at.begin(), at.end());
    const Variable y = f(context, constants);
    REQUIRE_FALSE(y.needs_gradient());
    return y.value();
  };
  const Tensor y = evaluate(inputs);
  Random random(33, 44);
  const Tensor direction = random_tensor(random, y.shape());
  const std::vector<bool> all(inputs.size(), true);
  const std::vector<Tensor> gradients = detail::by_rules(f, inputs, all, direction, settings, 1);

  for (std::size_t input = 0; input < inputs.size(); ++input) {
    REQUIRE(gradients[input].shape() == inputs[input].shape());
    for (std::size_t place = 0; place < inputs[input].span().size(); ++place) {
      std::vector<Tensor> moved = inputs;
      moved[input] = inputs[input].clone();
      real& element = moved[input].span()[place];
      const real middle = element;
      element = static_cast<real>(static_cast<double>(middle) + settings.step);
      const double high = static_cast<double>(element);
      const double above = detail::project(evaluate(moved), direction);
      element = static_cast<real>(static_cast<double>(middle) - settings.step);
      const double low = static_cast<double>(element);
      const double below = detail::project(evaluate(moved), direction);
      const double numeric = (above - below) / (high - low);
      const double rule = static_cast<double>(gradients[input].span()[place]);
      INFO("input " << input << " element " << place << ": rule " << rule << ", numeric "
                    << numeric);
      REQUIRE(std::abs(rule - numeric) <= settings.tolerance * std::max(1.0, std::abs(numeric)));
    }
  }

  const double rounding = sizeof(real) == 8 ? 1e-13 : 1e-4;
  const auto compare = [&](const Tensor& got, const Tensor& expected, double factor) {
    REQUIRE(got.shape() == expected.shape());
    for (std::size_t place = 0; place < got.span().size(); ++place) {
      REQUIRE(std::abs(static_cast<double>(got.span()[place]) -
                       factor * static_cast<double>(expected.span()[place])) <= rounding);
    }
  };
  const std::vector<Tensor> twice = detail::by_rules(f, inputs, all, direction, settings, 2);
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    INFO("input " << input);
    compare(twice[input], gradients[input], 2);
    std::vector<bool> alone(inputs.size(), false);
    alone[input] = true;
    compare(detail::by_rules(f, inputs, alone, direction, settings, 1)[input], gradients[input], 1);
  }
}

}  // namespace deai::ops::test
