#include "task/parse.h"
#include "task/training_kinds.h"

namespace deai::task {
namespace {

constexpr std::size_t kMostMetrics = 16;
// Of classes: more are no table that somebody reads.
constexpr Index kMostConfusion = 128;

// The loss and the labels must be of one sort.
void check_labels(const json::Value& value, Loss loss, const Data& data) {
  const Index classes = class_count(data);
  if (std::holds_alternative<TextData>(data.input) && loss != Loss::kSoftmaxCrossEntropy) {
    value.fail("a text needs softmax_cross_entropy over its tokens");
  }
  const auto refuse = [&](std::string_view needs) {
    value.fail(text("needs ", needs, ", found ", classes, " in data.classes"));
  };
  if (loss == Loss::kSoftmaxCrossEntropy) {
    if (classes < 2) refuse("at least 2 classes");
  } else if (loss == Loss::kSigmoidBinaryCrossEntropy) {
    if (classes != 2) refuse("exactly 2 classes");
  } else if (classes != 0) {
    refuse("labels that are numbers, so no classes");
  }
}

// Settings that depend on the number of classes.
void read_class_settings(const json::Value& value, std::size_t classes, LossSpec& loss) {
  const json::Value weights = value.member("class_weights");
  const json::Value ignored = value.member("ignore_index");
  if (weights.present()) {
    for (const json::Value& weight : weights.items(classes, classes)) {
      loss.class_weights.push_back(weight.number(0, 1e6));
    }
  }
  if (ignored.present()) loss.ignored = static_cast<std::int32_t>(ignored.whole(0, classes - 1));
}

std::vector<Choice> usual_metrics(const Task& task) {
  const auto add = [](std::initializer_list<std::string_view> names) {
    std::vector<Choice> metrics;
    for (const std::string_view name : names) metrics.push_back(make_choice(metric_kinds(), name));
    return metrics;
  };
  const Index classes = class_count(task.data);
  if (!task.loss.has_classes()) return add({"mean_absolute_error", "root_mean_squared_error"});
  if (classes == 2) return add({"accuracy", "auc", "f1", "confusion_matrix"});
  if (classes <= 20) return add({"accuracy", "f1", "confusion_matrix"});
  return add({"accuracy", "top_k"});
}

}  // namespace

LossSpec read_loss(const json::Value& value, const Data& data) {
  static constexpr std::string_view kOfClasses[] = {"class_weights", "ignore_index"};
  const std::span<const ChoiceKind> kinds = loss_kinds();
  // The first of the kinds alone has these.
  const bool softmax =
      value.member("kind").present() && value.member("kind").text(1, 64) == kinds.front().name;
  const Choice choice =
      read_choice(value, kinds, softmax ? kOfClasses : std::span<const std::string_view>());
  LossSpec loss;
  for (std::size_t place = 0; place < kinds.size(); ++place) {
    if (kinds[place].name == choice.kind) loss.kind = static_cast<Loss>(place);
  }
  check_labels(value, loss.kind, data);
  if (softmax) {
    loss.label_smoothing = choice.number("label_smoothing");
    read_class_settings(value, static_cast<std::size_t>(class_count(data)), loss);
  }
  if (loss.kind == Loss::kHuber) loss.delta = choice.number("delta");
  return loss;
}

std::vector<Choice> read_metrics(const json::Value& value, const Task& task) {
  if (!value.present()) return usual_metrics(task);
  const Index classes = class_count(task.data);
  std::vector<Choice> metrics;
  for (const json::Value& item : value.items(0, kMostMetrics)) {
    metrics.push_back(read_choice(item, metric_kinds()));
    const std::string_view kind = metrics.back().kind;
    const bool of_numbers = kind.ends_with("_error");
    if (of_numbers != (classes == 0)) {
      item.fail(of_numbers ? "needs labels that are numbers" : "needs labels that are classes");
    }
    if (kind == "auc" && classes != 2) item.fail("needs exactly 2 classes");
    if ((kind == "f1" || kind == "confusion_matrix") && classes > kMostConfusion) {
      item.fail(text("needs at most ", kMostConfusion, " classes, found ", classes));
    }
    for (std::size_t before = 0; before + 1 < metrics.size(); ++before) {
      if (metrics[before].kind == kind) item.fail("this kind stands here twice");
    }
  }
  return metrics;
}

Training read_training(const json::Value& value) {
  const json::Fields fields(
      value, {"batch_size", "optimizer", "schedule", "clip_norm", "accumulate", "ema"});
  Training training;
  training.batch_size = read_index(fields["batch_size"], 1, 65536);
  training.optimizer = read_choice(fields["optimizer"], optimizer_kinds());
  if (training.optimizer.kind == "sgd" && training.optimizer.flag("nesterov") &&
      training.optimizer.number("momentum") == 0) {
    fields["optimizer"].fail("nesterov needs a momentum above 0");
  }
  if (fields["schedule"].present()) {
    training.schedule = read_choice(fields["schedule"], schedule_kinds());
  }
  training.clip_norm = read_number_or(fields["clip_norm"], 0, 1e6, training.clip_norm);
  training.accumulate = read_index_or(fields["accumulate"], 1, 1024, training.accumulate);
  training.ema = read_number_or(fields["ema"], 0, 0.99999, training.ema);
  return training;
}

}  // namespace deai::task
