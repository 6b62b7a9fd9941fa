#include "ops/attention.h"

#include <array>
#include <cmath>
#include <limits>

#include "ops/gradient_check.h"
#include "ops/values.h"

namespace {

using namespace deai;
using namespace deai::ops::test;
using deai::ops::AttentionHeads;

// In double, a weight at a time.
std::vector<double> naive(const Tensor& qkv, const AttentionHeads& h) {
  const Index samples = qkv.shape()[0], steps = qkv.shape()[1], row = qkv.shape()[2];
  const Index width = row / (h.heads + 2 * h.kv_heads);
  const auto at = [&](Index sample, Index step, Index column) {
    return static_cast<double>(
        qkv.span()[static_cast<std::size_t>((sample * steps + step) * row + column)]);
  };
  std::vector<double> y(static_cast<std::size_t>(samples * steps * h.heads * width));
  for (Index i = 0; i < samples * steps * h.heads; ++i) {
    const Index sample = i / h.heads / steps, step = i / h.heads % steps, head = i % h.heads;
    const Index shared = head / (h.heads / h.kv_heads);
    double total = 0;
    std::vector<double> sums(static_cast<std::size_t>(width));
    for (Index key = 0; key < (h.causal ? step + 1 : steps); ++key) {
      double product = 0;
      for (Index d = 0; d < width; ++d) {
        product +=
            at(sample, step, head * width + d) * at(sample, key, (h.heads + shared) * width + d);
      }
      const double weight = std::exp(product / std::sqrt(static_cast<double>(width)));
      total += weight;
      for (Index d = 0; d < width; ++d) {
        sums[static_cast<std::size_t>(d)] +=
            weight * at(sample, key, (h.heads + h.kv_heads + shared) * width + d);
      }
    }
    for (Index d = 0; d < width; ++d) {
      y[static_cast<std::size_t>(i * width + d)] = sums[static_cast<std::size_t>(d)] / total;
    }
  }
  return y;
}

void require_near(std::span<const real> got, std::span<const double> expected) {
  REQUIRE(got.size() == expected.size());
  const double tolerance = sizeof(real) == 8 ? 1e-12 : 2e-5;
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("element " << i);
    REQUIRE(std::abs(static_cast<double>(got[i]) - expected[i]) <= tolerance);
  }
}

Tensor draw(Random& random, Index samples, Index steps, const AttentionHeads& h, Index width,
            real largest = 1) {
  return random_tensor(random, {samples, steps, (h.heads + 2 * h.kv_heads) * width}, -largest,
                       largest);
}

}  // namespace

TEST_CASE("attention: values, also of several blocks and of heads that share keys") {
  Random random(1, 1);
  for (const bool causal : {false, true}) {
    for (const auto& [samples, steps, heads, kv_heads, width] :
         {std::array<Index, 5>{1, 1, 1, 1, 1},
          {0, 3, 1, 1, 2},
          {2, 0, 1, 1, 2},
          {2, 5, 4, 2, 3},
          {1, 64, 2, 1, 8},
          {2, 65, 1, 1, 5},
          {1, 200, 3, 3, 7},
          {1, 300, 2, 2, 4}}) {
      INFO("N " << samples << " T " << steps << " H " << heads << " Hkv " << kv_heads << " D "
                << width << " causal " << causal);
      const AttentionHeads h{heads, kv_heads, causal};
      const Tensor qkv = draw(random, samples, steps, h, width, 3);
      Context context;
      const Tensor y = ops::attention(context, Variable(qkv), h).value();
      REQUIRE(y.shape() == Shape{samples, steps, heads * width});
      require_near(y.span(), naive(qkv, h));
    }
  }
}

TEST_CASE("attention: gradient") {
  Random random(2, 1);
  for (const bool causal : {false, true}) {
    for (const auto& [samples, steps, heads, kv_heads, width] :
         {std::array<Index, 5>{1, 1, 1, 1, 1},
          {0, 3, 1, 1, 2},
          {2, 5, 4, 2, 3},
          {1, 9, 2, 2, 4},
          {1, 70, 2, 1, 1},
          {1, 130, 1, 1, 1}}) {
      INFO("N " << samples << " T " << steps << " H " << heads << " Hkv " << kv_heads << " D "
                << width << " causal " << causal);
      const AttentionHeads h{heads, kv_heads, causal};
      check_gradients(
          [&](Context& context, const auto& in) { return ops::attention(context, in[0], h); },
          {draw(random, samples, steps, h, width)});
    }
  }
}

TEST_CASE("attention: products beyond what eˣ can be of, and a NaN that stays") {
  Context context;
  const AttentionHeads h{1, 1, false};
  require_values(
      ops::attention(context, Variable(values({1, 2, 3}, {100, 100, 1, 100, -100, 2})), h).value(),
      {1, 1});
  const real nan = std::numeric_limits<real>::quiet_NaN();
  const Tensor y =
      ops::attention(context, Variable(values({1, 2, 3}, {nan, 1, 1, 1, 1, 2})), h).value();
  REQUIRE(std::isnan(y.span()[0]));
  REQUIRE_FALSE(std::isnan(y.span()[1]));
}

TEST_CASE("attention: step by step as at once") {
  Random random(3, 1);
  const AttentionHeads h{4, 2, true};
  const Tensor qkv = draw(random, 1, 83, h, 6);
  Tensor memory({90, 24});
  std::vector<real> y;
  Index before = 0;
  for (const Index steps : {1, 1, 70, 1, 3, 7}) {
    const Tensor some = qkv.part(before * 48, {1, steps, 48});
    const Tensor out = ops::attention_step(some, h, before, memory);
    REQUIRE(out.shape() == Shape{1, steps, 24});
    y.insert(y.end(), out.span().begin(), out.span().end());
    before += steps;
  }
  require_near(y, naive(qkv, h));
  require_refusal([&] { ops::attention_step(qkv, h, 8, memory); }, ErrorCode::kShape,
                  {"attention_step", "[≥ 91, 24]", "[1, 83, 48]", "[90, 24]"});
}

TEST_CASE("attention: what does not fit") {
  Context context;
  const auto call = [&](const Shape& qkv, Index heads, Index kv_heads) {
    ops::attention(context, Variable(Tensor::zeros(qkv)), {heads, kv_heads, true});
  };
  require_refusal([&] { call({2, 12}, 2, 1); }, ErrorCode::kShape, {"attention", "[2, 12]"});
  require_refusal([&] { call({2, 3, 13}, 2, 1); }, ErrorCode::kShape,
                  {"attention", "[2, 3, 13]", "H 2", "Hkv 1"});
  require_refusal([&] { call({2, 3, 14}, 3, 2); }, ErrorCode::kShape, {"attention", "H 3, Hkv 2"});
  require_refusal([&] { call({2, 3, 0}, 1, 1); }, ErrorCode::kShape, {"attention", "[2, 3, 0]"});
}
