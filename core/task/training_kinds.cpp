#include "task/training_kinds.h"

#include "base/error.h"

namespace deai::task {
namespace {

using rules::flag;
using rules::needed;
using rules::needed_number;
using rules::number;
using rules::whole;

constexpr double kMostSteps = 1e9;
constexpr double kMostDecay = 10;

constexpr SettingRule kRate = needed_number("learning_rate", 1e-9, 1000);
constexpr SettingRule kNoDecay = number("weight_decay", 0, kMostDecay, 0);
// Off: parameters of one dimension, biases and those of norms, know no weight decay.
constexpr SettingRule kDecayBiases = flag("decay_biases", true);
constexpr SettingRule kMomentum = number("momentum", 0, 0.9999, 0);
constexpr SettingRule kBeta1 = number("beta1", 0, 0.9999, 0.9);
constexpr SettingRule kBeta2 = number("beta2", 0, 0.9999, 0.999);
constexpr SettingRule kEpsilon = number("epsilon", 1e-12, 1, 1e-8);

constexpr SettingRule kSgd[] = {kRate, kMomentum, flag("nesterov", false), kNoDecay, kDecayBiases};
constexpr SettingRule kAdam[] = {kRate, kBeta1, kBeta2, kEpsilon, kNoDecay, kDecayBiases};
constexpr SettingRule kAdamW[] = {
    kRate, kBeta1, kBeta2, kEpsilon, number("weight_decay", 0, kMostDecay, 0.01), kDecayBiases};
constexpr SettingRule kRmsProp[] = {
    kRate, number("alpha", 0, 0.9999, 0.99), kEpsilon, kMomentum, kNoDecay, kDecayBiases};
constexpr SettingRule kAdagrad[] = {kRate, number("epsilon", 1e-12, 1, 1e-10), kNoDecay,
                                    kDecayBiases};
constexpr SettingRule kLion[] = {kRate, kBeta1, number("beta2", 0, 0.9999, 0.99), kNoDecay,
                                 kDecayBiases};

constexpr ChoiceKind kOptimizers[] = {
    {"sgd", kSgd},         {"adamw", kAdamW},     {"adam", kAdam},
    {"rmsprop", kRmsProp}, {"adagrad", kAdagrad}, {"lion", kLion},
};

constexpr SettingRule kWarmUp = whole("warm_up", 0, kMostSteps, 0);
constexpr SettingRule kSteps = needed("steps", 1, kMostSteps);
constexpr SettingRule kConstant[] = {kWarmUp};
constexpr SettingRule kStep[] = {needed("every", 1, kMostSteps), number("factor", 0, 1, 0.1),
                                 kWarmUp};
constexpr SettingRule kCosine[] = {kSteps, number("last", 0, 1, 0), kWarmUp};
constexpr SettingRule kOneCycle[] = {kSteps, number("rise", 0, 1, 0.3), number("first", 0, 1, 0.04),
                                     number("last", 0, 1, 4e-6), kWarmUp};

constexpr ChoiceKind kSchedules[] = {
    {"constant", kConstant},
    {"step", kStep},
    {"cosine", kCosine},
    {"one_cycle", kOneCycle},
};

constexpr SettingRule kSoftmax[] = {number("label_smoothing", 0, 1, 0)};
constexpr SettingRule kHuber[] = {number("delta", 1e-6, 1e6, 1)};

constexpr ChoiceKind kLosses[] = {
    {"softmax_cross_entropy", kSoftmax},
    {"sigmoid_binary_cross_entropy", {}},
    {"mean_squared_error", {}},
    {"mean_absolute_error", {}},
    {"huber", kHuber},
};

// The rates that aggregate::OuterStep has by itself.
constexpr SettingRule kWhole[] = {number("learning_rate", 1e-6, 10, 1)};
constexpr SettingRule kNesterov[] = {number("learning_rate", 1e-6, 10, 0.7)};
constexpr SettingRule kAdaptive[] = {number("learning_rate", 1e-6, 10, 0.01)};
constexpr ChoiceKind kOuters[] = {
    {"average", kWhole}, {"momentum", kWhole}, {"nesterov", kNesterov},
    {"adam", kAdaptive}, {"yogi", kAdaptive},
};

constexpr SettingRule kTopK[] = {whole("k", 1, 65536, 5)};

constexpr ChoiceKind kMetrics[] = {
    {"accuracy", {}},
    {"top_k", kTopK},
    {"auc", {}},
    {"f1", {}},
    {"confusion_matrix", {}},
    {"mean_absolute_error", {}},
    {"root_mean_squared_error", {}},
};

}  // namespace

std::span<const ChoiceKind> optimizer_kinds() { return kOptimizers; }
std::span<const ChoiceKind> schedule_kinds() { return kSchedules; }
std::span<const ChoiceKind> loss_kinds() { return kLosses; }
std::span<const ChoiceKind> metric_kinds() { return kMetrics; }
std::span<const ChoiceKind> outer_kinds() { return kOuters; }

Choice make_choice(std::span<const ChoiceKind> kinds, std::string_view name,
                   std::initializer_list<Choice::Setting> settings) {
  for (const ChoiceKind& kind : kinds) {
    if (kind.name != name) continue;
    return {kind.name, with_defaults(kind.settings, {settings.begin(), settings.size()})};
  }
  fail(ErrorCode::kInternal, text("there is nothing of the kind ", name));
}

}  // namespace deai::task
