#include "nn/sequence.h"

#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "nn/recurrent.h"
#include "ops/gelu.h"

// What a whole sequence gives at once, it gives piece by piece.
namespace {

using namespace deai;
using nn::Variable;
using tensor::Tensor;

Variable gelu(nn::Context& context, Variable x, real) {
  return ops::gelu(context, x, ops::Gelu::kTanh);
}

// One layer, bound to sequences of `shape`, with random weights.
struct Trial {
  Trial(std::unique_ptr<nn::Layer> made, const Shape& shape) : layer(std::move(made)) {
    nn::Binding binding{.layout = layout, .name = "it"};
    layer->bind(binding, {&shape, 1});
    layout.finish();
    Random random(3, 4);
    weights = Tensor({layout.size()});
    for (real& weight : weights.span()) weight = random.uniform(-1, 1);
    x = Tensor({1, shape[0], shape[1]});
    for (real& value : x.span()) value = random.uniform(-1, 1);
  }

  Tensor at_once() {
    nn::Context context;
    Variable input(x);
    return layer->forward(context, {&layout, weights, {}}, {&input, 1}).value();
  }
  std::vector<real> in_pieces(std::initializer_list<Index> pieces) {
    nn::Context context;
    std::vector<real> out;
    Tensor memory;
    Index before = 0;
    const Index width = x.shape()[2];
    for (const Index steps : pieces) {
      Variable input(x.part(before * width, {1, steps, width}));
      const Variable y =
          layer->step(context, {&layout, weights, {}}, {&input, 1}, {before, memory});
      out.insert(out.end(), y.value().span().begin(), y.value().span().end());
      before += steps;
    }
    return out;
  }

  std::unique_ptr<nn::Layer> layer;
  nn::ParameterLayout layout;
  Tensor weights, x;
};

void check(std::unique_ptr<nn::Layer> layer) {
  REQUIRE(layer->in_steps());
  Trial trial(std::move(layer), {9, 8});
  const Tensor expected = trial.at_once();
  const std::vector<real> got = trial.in_pieces({1, 1, 4, 1, 2});
  REQUIRE(got.size() == expected.span().size());
  const double tolerance = sizeof(real) == 8 ? 1e-12 : 3e-5;
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("element " << i);
    REQUIRE(std::abs(static_cast<double>(got[i] - expected.span()[i])) <= tolerance);
  }
}

}  // namespace

TEST_CASE("layers for sequences give step by step what they give at once") {
  check(std::make_unique<nn::PositionalEmbedding>());
  for (const bool rotary : {false, true}) {
    const nn::AttentionSettings attention{
        .heads = 4, .kv_heads = 2, .causal = true, .rotary = rotary};
    check(std::make_unique<nn::Attention>(attention));
    check(std::make_unique<nn::TransformerBlock>(
        nn::TransformerBlockSettings{.attention = attention, .activation = gelu, .dropout = 0.5}));
  }
  for (const bool lstm : {false, true}) {
    check(std::make_unique<nn::Recurrent>(nn::RecurrentSettings{.lstm = lstm, .units = 5}));
  }
  check(std::make_unique<nn::Dense>(nn::DenseSettings{.units = 3}));
  REQUIRE_FALSE(nn::Attention({.heads = 2}).in_steps());
  REQUIRE_FALSE(nn::TransformerBlock({}).in_steps());
  REQUIRE_FALSE(nn::Flatten().in_steps());
}

TEST_CASE("sequences that attention cannot take are refused by its name") {
  const auto refuse = [](const nn::AttentionSettings& settings, const Shape& shape,
                         std::string_view part) {
    try {
      Trial trial(std::make_unique<nn::Attention>(settings), shape);
      FAIL("did not throw");
    } catch (const Error& error) {
      INFO(error.text());
      REQUIRE(error.code() == ErrorCode::kTask);
      REQUIRE(error.text().find(part) != std::string::npos);
    }
  };
  refuse({.heads = 3}, {5, 8}, "layer it (attention): heads must divide the width");
  refuse({.heads = 4, .kv_heads = 3}, {5, 8}, "4 heads and 3 kv_heads");
  refuse({.heads = 8, .rotary = true}, {5, 8}, "rotary needs heads of an even width");
  refuse({}, {0, 8}, "[0, 8]");
}

TEST_CASE("memory counts what stands within a block") {
  nn::ParameterLayout layout;
  nn::Binding binding{.layout = layout, .name = "it"};
  nn::TransformerBlock block({.attention = {.heads = 2, .kv_heads = 2}, .activation = gelu});
  const Shape shape{5, 8};
  block.bind(binding, {&shape, 1});
  // Norms, queries to values, heads, statistics, attention's result, the sum, the dense layers.
  REQUIRE(binding.inner == 5 * (2 * 8 + 3 * 8 + 8 + 2 * 2 + 8 + 8 + 2 * 32 + 8));
}
