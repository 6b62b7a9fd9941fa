#include "session/learner_optimizer.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "optim/adagrad.h"
#include "optim/adamw.h"
#include "optim/lion.h"
#include "optim/rmsprop.h"
#include "optim/sgd.h"

namespace deai::session {
namespace {

using OptimizerPtr = std::unique_ptr<optim::Optimizer>;
using task::Choice;

OptimizerPtr make_sgd(Index weights, const Choice& of) {
  return std::make_unique<optim::Sgd>(
      weights, optim::SgdSettings{.momentum = of.number("momentum"),
                                  .nesterov = of.flag("nesterov"),
                                  .weight_decay = of.number("weight_decay")});
}

template <typename Optimizer, typename Settings>
OptimizerPtr make_adam(Index weights, const Choice& of) {
  return std::make_unique<Optimizer>(weights, Settings{.beta1 = of.number("beta1"),
                                                       .beta2 = of.number("beta2"),
                                                       .epsilon = of.number("epsilon"),
                                                       .weight_decay = of.number("weight_decay")});
}

OptimizerPtr make_rmsprop(Index weights, const Choice& of) {
  return std::make_unique<optim::RmsProp>(
      weights, optim::RmsPropSettings{.alpha = of.number("alpha"),
                                      .epsilon = of.number("epsilon"),
                                      .momentum = of.number("momentum"),
                                      .weight_decay = of.number("weight_decay")});
}

OptimizerPtr make_adagrad(Index weights, const Choice& of) {
  return std::make_unique<optim::Adagrad>(
      weights, optim::AdagradSettings{.epsilon = of.number("epsilon"),
                                      .weight_decay = of.number("weight_decay")});
}

OptimizerPtr make_lion(Index weights, const Choice& of) {
  return std::make_unique<optim::Lion>(
      weights, optim::LionSettings{.beta1 = of.number("beta1"),
                                   .beta2 = of.number("beta2"),
                                   .weight_decay = of.number("weight_decay")});
}

struct OptimizerRow {
  std::string_view name;
  OptimizerPtr (*make)(Index weights, const Choice& of);
};

constexpr OptimizerRow kOptimizers[] = {
    {"sgd", make_sgd},
    {"adamw", make_adam<optim::AdamW, optim::AdamWSettings>},
    {"adam", make_adam<optim::Adam, optim::AdamSettings>},
    {"rmsprop", make_rmsprop},
    {"adagrad", make_adagrad},
    {"lion", make_lion},
};

OptimizerPtr make_optimizer(const Choice& of, Index weights) {
  for (const OptimizerRow& row : kOptimizers) {
    if (row.name == of.kind) return row.make(weights, of);
  }
  fail(ErrorCode::kInternal, text("there is no optimizer of the kind ", of.kind));
}

// Biases and norms have parameters of one dimension.
std::vector<optim::Optimizer::Part> parts(const nn::ParameterLayout& layout) {
  std::vector<optim::Optimizer::Part> parts;
  for (const nn::Parameter& parameter : layout.parameters()) {
    if (parameter.section != nn::Section::kTrained) continue;
    const bool decays = parameter.shape.rank() > 1;
    const Index end = parameter.offset + parameter.shape.size();
    if (!parts.empty() && parts.back().decays == decays) {
      parts.back().end = end;
    } else {
      parts.push_back({end, decays});
    }
  }
  return parts;
}

optim::Schedule make_schedule(const Choice& of) {
  using Kind = optim::Schedule::Kind;
  optim::Schedule schedule{.warm_up = of.number("warm_up")};
  if (of.kind == "step") {
    schedule.kind = Kind::kStep;
    schedule.every = of.number("every");
    schedule.factor = of.number("factor");
  } else if (of.kind != "constant") {
    schedule.kind = of.kind == "cosine" ? Kind::kCosine : Kind::kOneCycle;
    schedule.steps = of.number("steps");
    schedule.last = of.number("last");
  }
  if (schedule.kind == Kind::kOneCycle) {
    schedule.rise = of.number("rise");
    schedule.first = of.number("first");
  }
  return schedule;
}

}  // namespace

optim::Descent make_descent(const task::Training& training, const nn::ParameterLayout& layout) {
  const Choice& chosen = training.optimizer;
  const Index weights = layout.trained_size();
  OptimizerPtr optimizer = make_optimizer(chosen, weights);
  if (!chosen.flag("decay_biases") && weights > 0) optimizer->set_parts(parts(layout));
  return {std::move(optimizer),
          weights,
          {.learning_rate = chosen.number("learning_rate"),
           .schedule = make_schedule(training.schedule),
           .clip_norm = training.clip_norm,
           .accumulate = training.accumulate,
           .average = training.ema}};
}

}  // namespace deai::session
