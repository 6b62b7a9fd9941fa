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
  Index a_gap = 0, b_gap = 0, c_gap = 0;  // elements between rows
};

void check(const Case& c, Random& random) {
  INFO("m " << c.m << " n " << c.n << " k " << c.k << " transposed " << c.a_transposed
            << c.b_transposed << " accumulate " << c.accumulate << " bias " << c.bias);
  const Index a_stride = (c.a_transposed ? c.m : c.k) + c.a_gap;
  const Index b_stride = (c.b_transposed ? c.k : c.n) + c.b_gap;
  const Index c_stride = c.n + c.c_gap;
  Memory a((c.a_transposed ? c.k : c.m) * a_stride), b((c.b_transposed ? c.n : c.k) * b_stride);
  Memory bias(c.n), got(c.m * c_stride);
  for (Memory* memory : {&a, &b, &bias, &got}) memory->draw(random);
  std::vector<double> expected;  // what stands in a gap stays
  for (const real value : got) expected.push_back(static_cast<double>(value));
  for (Index i = 0; i < c.m; ++i) {
    for (Index j = 0; j < c.n; ++j) {
      double sum = c.bias ? static_cast<double>(bias[j]) : 0.0;
      if (c.accumulate) sum += static_cast<double>(got[i * c_stride + j]);
      for (Index k = 0; k < c.k; ++k) {
        sum += static_cast<double>(c.a_transposed ? a[k * a_stride + i] : a[i * a_stride + k]) *
               static_cast<double>(c.b_transposed ? b[j * b_stride + k] : b[k * b_stride + j]);
      }
      expected[static_cast<std::size_t>(i * c_stride + j)] = sum;
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
                     .bias = c.bias ? bias.data() : nullptr,
                     .a_stride = c.a_gap == 0 ? 0 : a_stride,
                     .b_stride = c.b_gap == 0 ? 0 : b_stride,
                     .c_stride = c.c_gap == 0 ? 0 : c_stride};
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
    for (Index* gap : {&c.a_gap, &c.b_gap, &c.c_gap}) {
      if (random.below(2) == 1) *gap = static_cast<Index>(random.below(9));
    }
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
