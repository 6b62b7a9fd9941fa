#include "kernels/gemm.h"

#include <limits>

#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::Gemm;
using deai::kernels::test::Memory;

struct Case {
  Index m, n, k;
  bool a_transposed = false, b_transposed = false, accumulate = false, bias = false;
};

void check(const Case& c, Random& random) {
  INFO("m " << c.m << " n " << c.n << " k " << c.k << " transposed " << c.a_transposed
            << c.b_transposed << " accumulate " << c.accumulate << " bias " << c.bias);
  Memory a(c.m * c.k), b(c.k * c.n), bias(c.n), got(c.m * c.n);
  for (Memory* memory : {&a, &b, &bias, &got}) memory->draw(random);
  std::vector<double> expected(static_cast<std::size_t>(c.m * c.n));
  for (Index i = 0; i < c.m; ++i) {
    for (Index j = 0; j < c.n; ++j) {
      double sum = c.bias ? static_cast<double>(bias[j]) : 0.0;
      if (c.accumulate) sum += static_cast<double>(got[i * c.n + j]);
      for (Index k = 0; k < c.k; ++k) {
        sum += static_cast<double>(c.a_transposed ? a[k * c.m + i] : a[i * c.k + k]) *
               static_cast<double>(c.b_transposed ? b[j * c.k + k] : b[k * c.n + j]);
      }
      expected[static_cast<std::size_t>(i * c.n + j)] = sum;
    }
  }
  const Gemm product{.m = c.m,
                     .n = c.n,
                     .k = c.k,
                     .a = a.data(),
                     .a_transposed = c.a_transposed,
                     .b = b.data(),
                     .b_transposed = c.b_transposed,
                     .c = got.data(),
                     .accumulate = c.accumulate,
                     .bias = c.bias ? bias.data() : nullptr};
  // What stands in a workspace must not matter.
  Memory workspace(kernels::gemm_workspace(product), std::numeric_limits<real>::quiet_NaN());
  kernels::gemm(product, workspace.data());
  kernels::test::require_close(got, expected, c.k);
}

}  // namespace

TEST_CASE("gemm agrees with a naive loop over random shapes") {
  Random random(1, 0);
  for (int round = 0; round < 150; ++round) {
    Case c{.m = static_cast<Index>(random.below(40)),
           .n = static_cast<Index>(random.below(40)),
           .k = static_cast<Index>(random.below(70))};
    c.a_transposed = random.below(2) == 1;
    c.b_transposed = random.below(2) == 1;
    c.accumulate = random.below(2) == 1;
    c.bias = random.below(2) == 1;
    check(c, random);
  }
}

TEST_CASE("gemm agrees with a naive loop around the edges of its blocks") {
  Random random(2, 0);
  for (const bool transposed : {false, true}) {
    check({.m = 61,
           .n = 17,
           .k = 513,
           .a_transposed = transposed,
           .b_transposed = !transposed,
           .bias = true},
          random);
    check({.m = 7,
           .n = 257,
           .k = 256,
           .a_transposed = transposed,
           .b_transposed = transposed,
           .accumulate = true,
           .bias = true},
          random);
    check({.m = 1, .n = 530, .k = 600, .a_transposed = transposed, .b_transposed = transposed},
          random);
    check({.m = 1, .n = 1, .k = 1, .a_transposed = transposed, .b_transposed = transposed}, random);
  }
}

TEST_CASE("gemm lets a NaN through") {
  Memory a(16, std::numeric_limits<real>::quiet_NaN()), b(16, 1), c(16);
  const Gemm product{.m = 4, .n = 4, .k = 4, .a = a.data(), .b = b.data(), .c = c.data()};
  Memory workspace(kernels::gemm_workspace(product));
  kernels::gemm(product, workspace.data());
  for (const real value : c) REQUIRE(std::isnan(value));
}
