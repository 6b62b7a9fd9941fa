#include "session/generation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"

namespace deai::session {
namespace {

constexpr double kHottest = 100;

void check(const model::Model& model, std::span<const std::uint32_t> prompt,
           const GenerationSettings& settings) {
  if (model.input_shape().rank() != 1 || model.output_shape().rank() != 2) {
    fail(ErrorCode::kState, "generate: the task's model does not say which token follows");
  }
  model.check_decodes();
  if (prompt.empty()) {
    fail(ErrorCode::kArgument, "generate: expected a prompt of at least one token");
  }
  const auto vocabulary = static_cast<std::uint32_t>(model.output_shape()[1]);
  for (const std::uint32_t token : prompt) {
    if (token < vocabulary) continue;
    fail(ErrorCode::kArgument,
         text("generate: token ", token, " in the prompt, expected 0 to ", vocabulary - 1));
  }
  if (!(settings.temperature >= 0 && settings.temperature <= kHottest)) {
    fail(ErrorCode::kArgument, text("generate: temperature is ", settings.temperature,
                                    ", expected a number from 0 to ", kHottest));
  }
}

}  // namespace

Generation::Generation(const Trainable& trainable, std::span<const std::uint32_t> prompt,
                       const GenerationSettings& settings)
    : model_(&trainable.model()), settings_(settings), random_(settings.seed, 0) {
  check(*model_, prompt, settings);
  weights_ = trainable.judged_weights().clone();
  const std::span last =
      prompt.last(std::min(prompt.size(), static_cast<std::size_t>(model_->most_steps())));
  tokens_.assign(last.begin(), last.end());
  unseen_ = tokens_.size();
}

// What the model says of the token after the last one. A context that is full begins anew with its
// last half: places are learnt from the context's beginning, so it cannot slide.
tensor::Tensor Generation::look() {
  const auto most = static_cast<std::size_t>(model_->most_steps());
  if (tokens_.size() > most) {
    tokens_.erase(tokens_.begin(), tokens_.end() - static_cast<std::ptrdiff_t>((most + 1) / 2));
    decoding_.clear();
    unseen_ = tokens_.size();
  }
  context_.tape.reset();
  return model_->decode(context_, model_->judged(weights_), decoding_,
                        std::span(tokens_).last(unseen_));
}

std::uint32_t Generation::next() {
  const tensor::Tensor logits = look();
  const std::uint32_t token = drawn(logits.span());
  tokens_.push_back(static_cast<std::int32_t>(token));
  unseen_ = 1;
  return token;
}

// p = softmax(logits / temperature) over the likeliest tokens; the first one at which the sum of p
// passes a uniform number.
std::uint32_t Generation::drawn(std::span<const real> logits) {
  const auto largest = std::ranges::max_element(logits);
  if (settings_.temperature == 0) return static_cast<std::uint32_t>(largest - logits.begin());
  real least = -std::numeric_limits<real>::infinity();
  if (settings_.top_k > 0 && settings_.top_k < logits.size()) {
    work_.assign(logits.begin(), logits.end());
    const auto at = work_.begin() + static_cast<std::ptrdiff_t>(settings_.top_k - 1);
    std::nth_element(work_.begin(), at, work_.end(), std::greater<>());
    least = *at;
  }
  work_.resize(logits.size());
  double total = 0;
  for (std::size_t token = 0; token < logits.size(); ++token) {
    const double above = static_cast<double>(logits[token] - *largest) / settings_.temperature;
    work_[token] = logits[token] < least ? real(0) : static_cast<real>(std::exp(above));
    total += static_cast<double>(work_[token]);
  }
  double rest = static_cast<double>(random_.uniform()) * total;
  auto chosen = static_cast<std::uint32_t>(largest - logits.begin());  // of what rounding leaves
  for (std::size_t token = 0; token < logits.size(); ++token) {
    rest -= static_cast<double>(work_[token]);
    if (rest >= 0) continue;
    chosen = static_cast<std::uint32_t>(token);
    break;
  }
  return chosen;
}

}  // namespace deai::session
