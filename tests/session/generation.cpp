#include "session/generation.h"
#include "task/training_kinds.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "session/learner.h"
#include "session/trainable.h"
#include "support/errors.h"
#include "support/files.h"

namespace {

using namespace deai;
using session::Generation;
using session::GenerationSettings;
using Tokens = std::vector<std::uint32_t>;

task::Task small_gpt() {
  task::Task task = task::parse(support::read_text("tests/task/text.json"));
  task.model.layers = {
      task::make_layer("embedding", {{"tokens", 8}, {"width", 16}}),
      task::make_layer("positional_embedding"),
      task::make_layer("transformer_block", {{"heads", 2}, {"kv_heads", 2}, {"causal", 1}}),
      task::make_layer("dense", {{"units", 8}})};
  task.training.optimizer =
      task::make_choice(task::optimizer_kinds(), "adamw", {{"learning_rate", 0.01}});
  return task;
}

Tokens written(Generation& generation, int count) {
  Tokens tokens;
  for (int at = 0; at < count; ++at) tokens.push_back(generation.next());
  return tokens;
}

// What the model says of the whole context at once, without memory of earlier tokens.
std::uint32_t likeliest(session::Trainable& trainable, const Tokens& tokens) {
  tensor::Tensor x = tensor::Tensor::zeros({1, 4});
  for (std::size_t at = 0; at < tokens.size(); ++at) x.data()[at] = static_cast<real>(tokens[at]);
  const tensor::Tensor out = trainable.forward(x, false);
  const real* const row = out.data() + (tokens.size() - 1) * 8;
  return static_cast<std::uint32_t>(std::max_element(row, row + 8) - row);
}

}  // namespace

TEST_CASE("without temperature the likeliest token follows, also where the context began anew") {
  session::Trainable trainable(small_gpt(), 1);
  Generation generation(trainable, Tokens{3}, {.temperature = 0});
  Tokens tokens{3};
  for (int at = 0; at < 20; ++at) {
    INFO(at);
    if (tokens.size() > 4) tokens.erase(tokens.begin(), tokens.end() - 2);
    const std::uint32_t next = generation.next();
    CHECK(next == likeliest(trainable, tokens));
    tokens.push_back(next);
  }
}

TEST_CASE("of a long prompt the end counts") {
  session::Trainable trainable(small_gpt(), 1);
  const GenerationSettings coldest{.temperature = 0};
  Generation whole(trainable, Tokens{7, 7, 1, 2, 3, 4}, coldest);
  Generation end(trainable, Tokens{1, 2, 3, 4}, coldest);
  CHECK(written(whole, 10) == written(end, 10));
}

TEST_CASE("the seed decides what is drawn") {
  session::Trainable trainable(small_gpt(), 1);
  Generation one(trainable, Tokens{1}, {.seed = 5});
  Generation same(trainable, Tokens{1}, {.seed = 5});
  Generation other(trainable, Tokens{1}, {.seed = 6});
  const Tokens tokens = written(one, 50);
  CHECK(written(same, 50) == tokens);
  CHECK(written(other, 50) != tokens);
}

TEST_CASE("only the likeliest are drawn, and each as often as it is likely") {
  session::Trainable trainable(small_gpt(), 1);
  std::vector<int> counts(8);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Generation generation(trainable, Tokens{2}, {.top_k = 2, .seed = seed});
    ++counts[generation.next()];
  }
  CHECK(std::ranges::count_if(counts, [](int count) { return count > 0; }) == 2);
  tensor::Tensor x = tensor::Tensor::zeros({1, 4});
  x.data()[0] = 2;
  const tensor::Tensor says = trainable.predict(x);  // the first token's row: probabilities
  double likely = 0;
  for (std::size_t token = 0; token < 8; ++token) {
    if (counts[token] > 0) likely += static_cast<double>(says.data()[token]);
  }
  for (std::size_t token = 0; token < 8; ++token) {
    if (counts[token] == 0) continue;
    const double expected = static_cast<double>(says.data()[token]) / likely;
    CHECK(std::abs(counts[token] / 2000.0 - expected) < 0.06);
  }
}

TEST_CASE("the model of the beginning writes, whatever is learnt meanwhile") {
  session::Learner learner(small_gpt(), 1);
  const std::string text = "abcdeabcdeabcdeabcde";
  learner.add_text(session::Part::kTraining, "a.txt",
                   {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  const auto begin = [&] { learner.begin_generation(Tokens{2}, {.temperature = 0}); };
  begin();
  Tokens before;
  for (int at = 0; at < 8; ++at) before.push_back(learner.generation_step());
  begin();
  for (int step = 0; step < 200; ++step) learner.step();
  Tokens meanwhile;
  for (int at = 0; at < 8; ++at) meanwhile.push_back(learner.generation_step());
  CHECK(meanwhile == before);
  begin();
  for (const std::uint32_t expected : {3U, 4U, 5U, 6U})
    CHECK(learner.generation_step() == expected);
}

TEST_CASE("what cannot be written on is refused") {
  const session::Trainable trainable(small_gpt(), 1);
  const auto begin = [&](const Tokens& prompt, const GenerationSettings& settings) {
    return support::error_of([&] { Generation(trainable, prompt, settings); });
  };
  CHECK(begin({}, {}) == "argument: generate: expected a prompt of at least one token");
  CHECK(begin({1, 8}, {}) == "argument: generate: token 8 in the prompt, expected 0 to 7");
  CHECK(begin({1}, {.temperature = -1}) ==
        "argument: generate: temperature is -1, expected a number from 0 to 100");
  const session::Trainable titanic(task::parse(support::read_text("tasks/titanic/task.json")), 1);
  CHECK(support::error_of([&] { Generation(titanic, Tokens{1}, {}); }) ==
        "state: generate: the task's model does not say which token follows");
}
