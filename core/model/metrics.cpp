#include "model/metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "task/heap_sort.h"

namespace deai::model {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) { return whole > 0 ? part / whole : kUnknown; }

// Larger scores have larger bits.
std::uint64_t sortable(double score) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(score));
  return bits >> 31 != 0 ? ~bits : bits | (std::uint32_t{1} << 31);
}

}  // namespace

Metrics::Metrics(const task::Task& task)
    : task_(&task),
      classes_(static_cast<std::size_t>(task::class_count(task.data))),
      single_(task.loss.kind != task::Loss::kSoftmaxCrossEntropy),
      scored_(wants("auc")) {
  if (wants("f1") || wants("confusion_matrix")) confusion_.resize(classes_ * classes_);
  for (const task::Choice& kind : task_->metrics) {
    if (kind.kind == "top_k") k_ = kind.whole("k");
  }
}

bool Metrics::wants(std::string_view kind) const {
  for (const task::Choice& one : task_->metrics) {
    if (one.kind == kind) return true;
  }
  return false;
}

void Metrics::add(const tensor::Tensor& outputs, const Labels& labels) {
  const real* row = outputs.data();
  for (std::size_t at = 0; at < labels.numbers.size(); ++at) {
    const double error = static_cast<double>(row[at]) - static_cast<double>(labels.numbers[at]);
    absolute_ += std::abs(error);
    squared_ += error * error;
  }
  count_ += labels.numbers.size();
  const std::size_t width = single_ ? 1 : classes_;
  for (const std::int32_t label : labels.classes) {
    if (label != task_->loss.ignored) add_class(row, static_cast<std::size_t>(label));
    row += width;
  }
}

void Metrics::add_class(const real* outputs, std::size_t label) {
  // As ops::argmax: the first of the largest. A sigmoid is above one half where its argument is
  // above zero.
  const std::size_t found =
      single_ ? (outputs[0] > 0 ? 1 : 0)
              : static_cast<std::size_t>(std::max_element(outputs, outputs + classes_) - outputs);
  ++count_;
  correct_ += found == label ? 1 : 0;
  if (!confusion_.empty()) ++confusion_[label * classes_ + found];
  if (k_ > 0) {
    Index before = single_ && found != label ? 1 : 0;
    for (std::size_t other = 0; !single_ && other < classes_; ++other) {
      before += outputs[other] > outputs[label] ? 1 : 0;
    }
    among_k_ += before < k_ ? 1 : 0;
  }
  if (scored_) {
    const double score = single_
                             ? static_cast<double>(outputs[0])
                             : static_cast<double>(outputs[1]) - static_cast<double>(outputs[0]);
    scores_.push_back(sortable(score) << 1 | label);
  }
}

double Metrics::auc() const {
  std::vector<std::uint64_t> sorted = scores_;
  task::heap_sort(sorted);
  double pairs = 0;  // in right order
  double below = 0;  // of class 0, with a smaller score
  double positive = 0;
  for (std::size_t at = 0; at < sorted.size();) {
    double same[2] = {0, 0};  // of each class, with this score
    const std::uint64_t score = sorted[at] >> 1;
    for (; at < sorted.size() && sorted[at] >> 1 == score; ++at) same[sorted[at] & 1] += 1;
    pairs += same[1] * (below + same[0] / 2);
    below += same[0];
    positive += same[1];
  }
  return ratio(pairs, below * positive);
}

double Metrics::f1() const {
  double sum = 0;
  double occurring = 0;
  for (std::size_t one = classes_ == 2 ? 1 : 0; one < classes_; ++one) {
    double of_class = 0;  // tp + fn
    double taken = 0;     // tp + fp
    for (std::size_t other = 0; other < classes_; ++other) {
      of_class += confusion_[one * classes_ + other];
      taken += confusion_[other * classes_ + one];
    }
    if (of_class + taken == 0) continue;
    occurring += 1;
    sum += 2 * confusion_[one * classes_ + one] / (of_class + taken);
  }
  return ratio(sum, occurring);
}

double Metrics::value(std::string_view kind) const {
  const auto count = static_cast<double>(count_);
  if (kind == "accuracy" && !task_->loss.has_classes()) return kUnknown;
  if (kind == "accuracy") return ratio(static_cast<double>(correct_), count);
  if (kind == "top_k") return ratio(static_cast<double>(among_k_), count);
  if (kind == "auc") return auc();
  if (kind == "f1") return f1();
  if (kind == "mean_absolute_error") return ratio(absolute_, count);
  return std::sqrt(ratio(squared_, count));
}

std::vector<Metrics::Value> Metrics::values() const {
  std::vector<Value> values(task_->metrics.size());
  for (std::size_t at = 0; at < values.size(); ++at) {
    const std::string_view kind = task_->metrics[at].kind;
    values[at] = {kind, kind == "confusion_matrix" ? kUnknown : value(kind)};
  }
  return values;
}

std::vector<std::uint32_t> Metrics::confusion() const {
  return wants("confusion_matrix") ? confusion_ : std::vector<std::uint32_t>();
}

}  // namespace deai::model
