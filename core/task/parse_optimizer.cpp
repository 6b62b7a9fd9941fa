#include "task/parse.h"

namespace deai::task {
namespace {

constexpr double kSmallestRate = 1e-9;
constexpr double kLargestRate = 1000;

OptimizerSpec read_sgd(const json::Value& value) {
  const json::Fields fields(value, {"kind", "learning_rate", "momentum", "weight_decay"});
  SgdSpec sgd;
  sgd.learning_rate = fields["learning_rate"].number(kSmallestRate, kLargestRate);
  sgd.momentum = read_number_or(fields["momentum"], 0, 0.9999, sgd.momentum);
  sgd.weight_decay = read_number_or(fields["weight_decay"], 0, 10, sgd.weight_decay);
  return sgd;
}

OptimizerSpec read_adamw(const json::Value& value) {
  const json::Fields fields(value,
                            {"kind", "learning_rate", "beta1", "beta2", "epsilon", "weight_decay"});
  AdamWSpec adamw;
  adamw.learning_rate = fields["learning_rate"].number(kSmallestRate, kLargestRate);
  adamw.beta1 = read_number_or(fields["beta1"], 0, 0.9999, adamw.beta1);
  adamw.beta2 = read_number_or(fields["beta2"], 0, 0.9999, adamw.beta2);
  adamw.epsilon = read_number_or(fields["epsilon"], 1e-12, 1, adamw.epsilon);
  adamw.weight_decay = read_number_or(fields["weight_decay"], 0, 10, adamw.weight_decay);
  return adamw;
}

}  // namespace

OptimizerSpec read_optimizer(const json::Value& value) {
  static constexpr Kind<OptimizerSpec> kKinds[] = {
      {"sgd", read_sgd},
      {"adamw", read_adamw},
  };
  return read_kind<OptimizerSpec>(value, kKinds);
}

}  // namespace deai::task
