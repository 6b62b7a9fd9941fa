#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/attention.h"
#include "kernels/column_sums.h"
#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/max_pool2d.h"
#include "kernels/naive.h"
#include "kernels/parallel.h"
#include "kernels/recurrent.h"
#include "kernels/relu.h"
#include "kernels/rotary.h"

// Every kernel that shares its work among threads gives the same bits whatever their number.
namespace {

using namespace deai;
using deai::kernels::test::Memory;

const real kNan = std::numeric_limits<real>::quiet_NaN();

// run(result) with one thread and with others: equal bits. result begins with the same numbers.
template <typename Run>
void require_same_bits(Index size, const Run& run) {
  const auto with = [&](Index threads) {
    kernels::set_threads(threads);
    Memory result(size);
    Random random(99, 0);
    result.draw(random);
    run(result);
    kernels::set_threads(1);
    return std::vector<real>(result.begin(), result.end());
  };
  const std::vector<real> expected = with(1);
  for (const Index threads : {2, 3, 5}) {
    INFO(threads << " threads");
    REQUIRE(with(threads) == expected);
  }
}

void check_gemm(const kernels::Gemm& sizes) {
  Random random(31, 0);
  Memory a(sizes.m * sizes.k), b(sizes.k * sizes.n), bias(sizes.n);
  for (Memory* memory : {&a, &b, &bias}) memory->draw(random);
  require_same_bits(sizes.m * sizes.n, [&](Memory& c) {
    kernels::Gemm product = sizes;
    product.a = a.data();
    product.b = b.data();
    product.c = c.data();
    product.bias = bias.data();
    Memory workspace(kernels::gemm_workspace(product), kNan);
    kernels::gemm(product, workspace.data());
  });
}

void check_conv2d(const kernels::Conv2d& s) {
  Random random(32, 0);
  const Index taps = s.kernel_height * s.kernel_width * s.channels;
  Memory x(s.batch * s.height * s.width * s.channels), w(s.filters * taps), bias(s.filters);
  Memory dy(s.batch * s.out_height() * s.out_width() * s.filters);
  for (Memory* memory : {&x, &w, &bias, &dy}) memory->draw(random);
  require_same_bits(dy.size(), [&](Memory& y) {
    Memory workspace(kernels::conv2d_workspace(s), kNan);
    kernels::conv2d(s, x.data(), w.data(), bias.data(), y.data(), workspace.data());
  });
  for (const bool accumulate : {false, true}) {
    require_same_bits(x.size(), [&](Memory& dx) {
      Memory workspace(kernels::conv2d_input_gradient_workspace(s, accumulate), kNan);
      kernels::conv2d_input_gradient(s, dy.data(), w.data(), dx.data(), accumulate,
                                     workspace.data());
    });
    require_same_bits(w.size(), [&](Memory& dw) {
      Memory workspace(kernels::conv2d_weight_gradient_workspace(s), kNan);
      kernels::conv2d_weight_gradient(s, x.data(), dy.data(), dw.data(), accumulate,
                                      workspace.data());
    });
  }
}

}  // namespace

TEST_CASE("products of matrices do not depend on the number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  const kernels::Gemm sizes{.m = 61, .n = 203, .k = 300, .a = nullptr, .b = nullptr, .c = nullptr};
  check_gemm(sizes);
  kernels::Gemm turned = sizes;
  turned.a_transposed = turned.accumulate = true;
  check_gemm(turned);
  turned = sizes;
  turned.b_transposed = true;
  check_gemm(turned);
  check_gemm({.m = 1000, .n = 10, .k = 150, .a = nullptr, .b = nullptr, .c = nullptr});
  check_gemm({.m = 1, .n = 4100, .k = 300, .a = nullptr, .b = nullptr, .c = nullptr});
}

TEST_CASE("convolutions do not depend on the number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  kernels::Conv2d s{.batch = 19,
                    .height = 14,
                    .width = 13,
                    .channels = 5,
                    .filters = 18,
                    .kernel_height = 3,
                    .kernel_width = 3};
  check_conv2d(s);
  s.padding_height = s.padding_width = s.stride_height = s.stride_width = 2;
  s.filters = 40;
  check_conv2d(s);
  s.dilation_width = 2;
  s.batch = 2;
  s.channels = 50;
  check_conv2d(s);
}

TEST_CASE("elementwise kernels do not depend on the number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  const kernels::MaxPool2d pool{.batch = 21,
                                .height = 25,
                                .width = 24,
                                .channels = 37,
                                .kernel_height = 3,
                                .kernel_width = 2,
                                .stride_height = 2,
                                .stride_width = 2};
  Random random(33, 0);
  Memory x(pool.batch * pool.height * pool.width * pool.channels), dx(x.size());
  Memory dy(pool.batch * pool.out_height() * pool.out_width() * pool.channels);
  for (Memory* memory : {&x, &dx, &dy}) memory->draw(random);
  std::vector<std::uint16_t> taps(static_cast<std::size_t>(dy.size()));
  require_same_bits(dy.size(),
                    [&](Memory& y) { kernels::max_pool2d(pool, x.data(), y.data(), taps.data()); });
  std::vector<std::uint32_t> positive(static_cast<std::size_t>(kernels::positive_words(x.size())));
  require_same_bits(
      x.size(), [&](Memory& y) { kernels::relu(x.data(), x.size(), y.data(), positive.data()); });
  for (const bool accumulate : {false, true}) {
    require_same_bits(x.size(), [&](Memory& out) {
      kernels::max_pool2d_gradient(pool, dy.data(), taps.data(), out.data(), accumulate);
    });
    require_same_bits(x.size(), [&](Memory& out) {
      kernels::relu_gradient(positive.data(), dx.data(), x.size(), out.data(), accumulate);
    });
    require_same_bits(pool.channels, [&](Memory& sums) {
      kernels::column_sums(x.data(), x.size() / pool.channels, pool.channels, sums.data(),
                           accumulate);
    });
  }
}

TEST_CASE("attention does not depend on the number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  const kernels::Attention a{.samples = 3,
                             .queries = 90,
                             .keys = 90,
                             .heads = 4,
                             .kv_heads = 2,
                             .width = 11,
                             .causal = true,
                             .q_step = 88,
                             .kv_step = 88};
  Random random(34, 0);
  Memory qkv(3 * 90 * 88), dy(3 * 90 * 44), statistics(3 * 90 * 4 * 2);
  for (Memory* memory : {&qkv, &dy}) memory->draw(random);
  const real* const q = qkv.data();
  require_same_bits(dy.size(), [&](Memory& y) {
    Memory workspace(kernels::attention_workspace(a, false), kNan);
    kernels::attention(a, q, q + 44, q + 66, y.data(), statistics.data(), workspace.data());
  });
  for (const bool accumulate : {false, true}) {
    require_same_bits(qkv.size(), [&](Memory& dq) {
      Memory workspace(kernels::attention_workspace(a, true), kNan);
      kernels::attention_gradient(a, q, q + 44, q + 66, statistics.data(), dy.data(), dq.data(),
                                  dq.data() + 44, dq.data() + 66, accumulate, workspace.data());
    });
  }
  const kernels::Rotary turned{
      .samples = 3, .steps = 90, .columns = 88, .heads = 6, .width = 10, .offset = 5};
  require_same_bits(qkv.size(), [&](Memory& y) {
    Memory workspace(kernels::rotary_workspace(turned), kNan);
    kernels::rotary(turned, q, y.data(), false, workspace.data());
  });
}

TEST_CASE("recurrent layers do not depend on the number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  for (const kernels::RecurrentCell* cell : {&kernels::kGruCell, &kernels::kLstmCell}) {
    const kernels::Recurrent r{.cell = cell, .samples = 23, .steps = 12, .width = 45};
    const Index wide = kernels::recurrent_gates(r) * 45, steps = 23 * 12;
    Random random(35, 0);
    Memory a(steps * wide), w(wide * 45), bias(wide), dh(steps * 45);
    Memory kept(steps * kernels::recurrent_kept(r) * 45), h(steps * 45);
    for (Memory* memory : {&a, &w, &bias, &dh}) memory->draw(random);
    require_same_bits(h.size(), [&](Memory& out) {
      Memory workspace(kernels::recurrent_workspace(r, false), kNan);
      kernels::recurrent(r, a.data(), w.data(), bias.data(), nullptr, kept.data(), out.data(),
                         workspace.data());
      std::copy(out.begin(), out.end(), h.begin());
    });
    const Index second = cell == &kernels::kLstmCell ? 0 : a.size();  // lstm's are equal
    require_same_bits(2 * a.size(), [&](Memory& out) {
      Memory workspace(kernels::recurrent_workspace(r, true), kNan);
      kernels::recurrent_gradient(r, w.data(), kept.data(), h.data(), dh.data(), out.data(),
                                  out.data() + second, workspace.data());
    });
  }
}
