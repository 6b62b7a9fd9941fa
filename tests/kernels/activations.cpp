#include "kernels/activations.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "kernels/naive.h"
#include "kernels/parallel.h"

namespace {

using namespace deai;
using deai::kernels::test::Memory;

void fill(Memory& memory, std::initializer_list<real> values) {
  std::ranges::copy(values, memory.begin());
}

std::vector<real> values(Memory& memory) { return {memory.begin(), memory.end()}; }

// y as it comes with the slope.
template <auto both>
void with_slope(const real* x, Index count, real* y) {
  Memory slope(count);
  both(x, count, y, slope.data());
}

// In units of the last place of the result, or of `least` where the result is smaller.
double worst_error(kernels::Activation f, double (*exact)(double), double low, double high,
                   double least) {
  constexpr Index kCount = 40'003;
  Memory x(kCount), y(kCount);
  for (Index i = 0; i < kCount; ++i) {
    x[i] = static_cast<real>(low + (high - low) * static_cast<double>(i) / (kCount - 1));
  }
  f(x.data(), kCount, y.data());
  const double unit = static_cast<double>(std::numeric_limits<real>::epsilon());
  double worst = 0;
  for (Index i = 0; i < kCount; ++i) {
    const double expected = exact(static_cast<double>(x[i]));
    const double error = std::abs(static_cast<double>(y[i]) - expected) /
                         (unit * std::max(std::abs(expected), least));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

double exact_exp(double x) { return std::exp(x); }
double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double exact_tanh(double x) { return std::tanh(x); }
double exact_gelu(double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }
double exact_gelu_tanh(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}
double exact_silu(double x) { return x * exact_sigmoid(x); }
double exact_hard_swish(double x) { return x * std::min(std::max(x + 3, 0.0), 6.0) / 6; }

// The slope that comes with y, times dy.
template <auto both>
void by_slope(const real* x, const real* dy, Index count, real* dx, bool accumulate) {
  Memory y(count), slope(count);
  both(x, count, y.data(), slope.data());
  kernels::multiply(slope.data(), dy, count, dx, accumulate);
}

struct Kind {
  const char* name;
  kernels::Activation f;
  kernels::ActivationGradient gradient;
  double (*exact)(double);
  bool keeps_y;
};

const std::vector<Kind> kKinds = {
    {"sigmoid", kernels::sigmoid, kernels::sigmoid_gradient, exact_sigmoid, true},
    {"tanh", kernels::tanh, kernels::tanh_gradient, exact_tanh, true},
    {"gelu", kernels::gelu, by_slope<kernels::gelu_slope>, exact_gelu, false},
    {"gelu_tanh", kernels::gelu_tanh, by_slope<kernels::gelu_tanh_slope>, exact_gelu_tanh, false},
    {"silu", kernels::silu, kernels::silu_gradient, exact_silu, false},
    {"hard_swish", kernels::hard_swish, kernels::hard_swish_gradient, exact_hard_swish, false},
};

}  // namespace

TEST_CASE("transcendental functions are accurate to a few units in the last place") {
  const double smallest = static_cast<double>(std::numeric_limits<real>::min());
  CHECK(worst_error(kernels::exp, exact_exp, -87, 88, smallest) < 3);
  CHECK(worst_error(kernels::exp, exact_exp, -1, 1, smallest) < 3);
  CHECK(worst_error(kernels::sigmoid, exact_sigmoid, -80, 80, smallest) < 4);
  CHECK(worst_error(kernels::sigmoid, exact_sigmoid, -3, 3, smallest) < 4);
  CHECK(worst_error(kernels::tanh, exact_tanh, -12, 12, smallest) < 4);
  CHECK(worst_error(kernels::tanh, exact_tanh, -0.5, 0.5, smallest) < 4);
  CHECK(worst_error(kernels::silu, exact_silu, -20, 20, smallest) < 5);
  // Where Φ is small it is a difference of numbers near 1, times x.
  CHECK(worst_error(kernels::gelu, exact_gelu, -8, 8, 1) < 8);
  CHECK(worst_error(kernels::gelu_tanh, exact_gelu_tanh, -8, 8, 1) < 8);
  CHECK(worst_error(with_slope<kernels::gelu_slope>, exact_gelu, -8, 8, 1) < 8);
  CHECK(worst_error(with_slope<kernels::gelu_tanh_slope>, exact_gelu_tanh, -8, 8, 1) < 8);
}

TEST_CASE("transcendental functions at their ends") {
  constexpr real kInfinity = std::numeric_limits<real>::infinity();
  constexpr Index kCount = 7;
  Memory x(kCount), y(kCount);
  fill(x, {0, 1000, -1000, kInfinity, -kInfinity, 200, -200});
  kernels::exp(x.data(), kCount, y.data());
  CHECK((y[0] == 1 && y[3] == kInfinity && y[4] == 0));
  CHECK((y[1] == kInfinity && y[2] == 0));
  kernels::sigmoid(x.data(), kCount, y.data());
  CHECK((y[0] == real(0.5) && y[1] == 1 && y[2] == 0 && y[3] == 1 && y[4] == 0));
  kernels::tanh(x.data(), kCount, y.data());
  CHECK(values(y) == std::vector<real>{0, 1, -1, 1, -1, 1, -1});
  for (const Kind& kind : kKinds) {
    INFO(kind.name);
    for (Index place = 0; place < kCount; ++place) {
      Memory bad(kCount, real(0.5)), dx(kCount);
      bad[place] = std::numeric_limits<real>::quiet_NaN();
      kind.f(bad.data(), kCount, y.data());
      kind.gradient(bad.data(), x.data(), 1, dx.data(), false);
      for (Index i = 0; i < kCount; ++i) CHECK(std::isnan(y[i]) == (i == place));
    }
  }
}

TEST_CASE("activations agree with their definition, their gradients with differences") {
  Random random(5, 0);
  for (const Kind& kind : kKinds) {
    for (const Index count : {0, 1, 3, 4, 7, 203}) {
      INFO(kind.name << " of " << count);
      for (const bool accumulate : {false, true}) {
        Memory x(count), y(count), dy(count), dx(count);
        for (Memory* memory : {&x, &dy, &dx}) memory->draw(random);
        std::vector<double> expected, expected_dx;
        for (Index i = 0; i < count; ++i) {
          x[i] *= 4;
          const auto at = static_cast<double>(x[i]);
          expected.push_back(kind.exact(at));
          const double slope = (kind.exact(at + 1e-6) - kind.exact(at - 1e-6)) / 2e-6;
          expected_dx.push_back((accumulate ? static_cast<double>(dx[i]) : 0.0) +
                                slope * static_cast<double>(dy[i]));
        }
        kind.f(x.data(), count, y.data());
        kind.gradient(kind.keeps_y ? y.data() : x.data(), dy.data(), count, dx.data(), accumulate);
        for (Index i = 0; i < count; ++i) {
          const auto place = static_cast<std::size_t>(i);
          CHECK(std::abs(static_cast<double>(y[i]) - expected[place]) < 2e-6);
          CHECK(std::abs(static_cast<double>(dx[i]) - expected_dx[place]) < 2e-6);
        }
      }
    }
  }
}

TEST_CASE("an activation does not depend on where its element stands, nor on threads") {
  Random random(6, 0);
  const Index count = kernels::kHasThreads ? 100'003 : 1'003;
  Memory x(count), all(count), alone(1);
  x.draw(random);
  for (const Kind& kind : kKinds) {
    INFO(kind.name);
    kind.f(x.data(), count, all.data());
    for (Index i = 0; i < count; i += 7) {
      kind.f(x.data() + i, 1, alone.data());
      REQUIRE(alone[0] == all[i]);
    }
    if (!kernels::kHasThreads) continue;
    Memory shared(count);
    kernels::set_threads(3);
    kind.f(x.data(), count, shared.data());
    kernels::set_threads(1);
    REQUIRE(std::equal(all.begin(), all.end(), shared.begin()));
  }
}

TEST_CASE("leaky relu, products and multiples") {
  Memory x(5), dy(5), y(5), sum(5, 10);
  fill(x, {-2, -1, 0, 1, 2});
  fill(dy, {1, 2, 3, 4, 5});
  kernels::leaky_relu(x.data(), 5, real(0.25), y.data());
  CHECK(values(y) == std::vector<real>{real(-0.5), real(-0.25), 0, 1, 2});
  kernels::leaky_relu_gradient(x.data(), dy.data(), 5, real(0.25), y.data(), false);
  CHECK(values(y) == std::vector<real>{real(0.25), real(0.5), real(0.75), 4, 5});
  kernels::multiply(x.data(), dy.data(), 5, y.data(), false);
  CHECK(values(y) == std::vector<real>{-2, -2, 0, 4, 10});
  kernels::multiply(x.data(), dy.data(), 5, sum.data(), true);
  CHECK(values(sum) == std::vector<real>{8, 8, 10, 14, 20});
  kernels::scale(dy.data(), 5, 3, y.data(), false);
  CHECK(values(y) == std::vector<real>{3, 6, 9, 12, 15});
  kernels::scale(dy.data(), 5, -2, sum.data(), true);
  CHECK(values(sum) == std::vector<real>{6, 4, 4, 6, 10});
}
