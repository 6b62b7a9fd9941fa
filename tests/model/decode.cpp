#include <array>
#include <cmath>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "model/model.h"
#include "support/errors.h"

namespace {

using namespace deai;
using Layers = std::vector<task::Layer>;

constexpr Index kContext = 10;
constexpr Index kVocabulary = 7;

task::Task text_task(Layers layers) {
  task::Task task;
  task::TextData data;
  data.context = kContext;
  data.vocabulary = kVocabulary;
  task.data.input = data;
  task.loss = task::Loss::kSoftmaxCrossEntropy;
  task.training.batch_size = 2;
  task.model.seed = 3;
  task.model.layers = std::move(layers);
  task.model.layers.front().name = "tokens";
  return task;
}

task::Layer embedding() {
  return task::make_layer("embedding", {{"tokens", kVocabulary}, {"width", 8}});
}

// All kinds that a sequence goes through step by step, with a way past some and tied weights.
Layers gpt() {
  Layers layers{embedding(),
                task::make_layer("positional_embedding"),
                task::make_layer("transformer_block", {{"heads", 2}, {"causal", 1}}),
                task::make_layer("attention", {{"heads", 4}, {"causal", 1}, {"rotary", 1}}),
                task::make_layer("gru", {{"units", 8}}),
                task::make_layer("lstm", {{"units", 8}}),
                task::make_layer("add"),
                task::make_layer("layer_norm"),
                task::make_layer("dropout", {{"rate", 0.5}}),
                task::make_layer("gelu"),
                task::make_layer("dense", {{"units", kVocabulary}, {"bias", 0}})};
  layers[5].name = "states";
  layers[6].inputs = {"states", "tokens"};
  layers.back().weights_of = "tokens";
  return layers;
}

// Larger than the first weights are, so that every token counts.
void spread(model::Model& model) {
  for (real& weight : model.weights()) weight *= 5;
}

}  // namespace

TEST_CASE("a model says of each token the same, whether they come one by one or at once") {
  model::Model model(text_task(gpt()));
  spread(model);
  model.check_decodes();
  REQUIRE(model.most_steps() == kContext);
  const std::array<std::int32_t, kContext> tokens{3, 1, 4, 1, 5, 2, 6, 5, 3, 0};
  tensor::Tensor input({1, kContext});
  for (std::size_t i = 0; i < tokens.size(); ++i) input.span()[i] = static_cast<real>(tokens[i]);
  nn::Context context;
  const tensor::Tensor expected =
      model.forward(context, model.judged(), autograd::Variable(input)).value();
  REQUIRE(expected.shape() == Shape{1, kContext, kVocabulary});

  const auto require_row = [&](const tensor::Tensor& got, Index row) {
    REQUIRE(got.shape() == Shape{kVocabulary});
    for (Index v = 0; v < kVocabulary; ++v) {
      const auto wanted = static_cast<double>(expected.data()[row * kVocabulary + v]);
      INFO("token " << row << " output " << v << " of " << wanted);
      REQUIRE(std::abs(static_cast<double>(got.data()[v]) - wanted) <=
              (sizeof(real) == 8 ? 1e-12 : 1e-5));
    }
  };
  model::Decoding decoding;
  const std::span<const std::int32_t> all = tokens;
  for (int time = 0; time < 2; ++time) {
    for (Index row = 0; row < kContext; ++row) {
      require_row(model.decode(context, model.judged(), decoding,
                               all.subspan(static_cast<std::size_t>(row), 1)),
                  row);
      REQUIRE(decoding.length() == row + 1);
    }
    decoding.clear();
  }
  require_row(model.decode(context, model.judged(), decoding, all.first(6)), 5);
  require_row(model.decode(context, model.judged(), decoding, all.subspan(6, 1)), 6);
  require_row(model.decode(context, model.judged(), decoding, all.subspan(7)), 9);
  CHECK(
      support::error_of([&] { model.decode(context, model.judged(), decoding, all.first(1)); }) ==
      "state: a sequence of this model has at most 10 steps; 10 came already and 1 are to follow");
}

TEST_CASE("what cannot go on step by step says so") {
  const auto error = [](const task::Layer& layer) {
    const model::Model model(
        text_task({embedding(), layer, task::make_layer("dense", {{"units", kVocabulary}})}));
    return support::error_of([&] { model.check_decodes(); });
  };
  const std::string expected = "state: this model cannot continue a sequence: a layer of the kind ";
  CHECK(error(task::make_layer("attention", {{"heads", 2}})) ==
        expected + "attention needs all of it (for attention: \"causal\": true)");
  CHECK(
      error(task::make_layer("group_norm", {{"groups", 2}})).starts_with(expected + "group_norm"));
}

TEST_CASE("only layers that can share a weight may name another's") {
  Layers layers = gpt();
  layers[2].weights_of = "tokens";
  CHECK(support::error_of([&] { model::Model model(text_task(layers)); }) ==
        "task: model.layers[2]: layer 2 (transformer_block): it cannot share the weight of another "
        "layer");
}
