#include "session/learner_optimizer.h"

#include "optim/adamw.h"
#include "optim/sgd.h"

namespace deai::session {
namespace {

using OptimizerPtr = std::unique_ptr<optim::Optimizer>;

OptimizerPtr make(const task::SgdSpec& sgd, Index weights) {
  return std::make_unique<optim::Sgd>(
      weights, optim::SgdSettings{.momentum = sgd.momentum, .weight_decay = sgd.weight_decay});
}

OptimizerPtr make(const task::AdamWSpec& adamw, Index weights) {
  return std::make_unique<optim::AdamW>(weights,
                                        optim::AdamWSettings{.beta1 = adamw.beta1,
                                                             .beta2 = adamw.beta2,
                                                             .epsilon = adamw.epsilon,
                                                             .weight_decay = adamw.weight_decay});
}

}  // namespace

OptimizerPtr make_optimizer(const task::OptimizerSpec& spec, Index weights) {
  return std::visit([&](const auto& one) { return make(one, weights); }, spec);
}

real learning_rate(const task::OptimizerSpec& spec) {
  return std::visit([](const auto& one) { return static_cast<real>(one.learning_rate); }, spec);
}

}  // namespace deai::session
