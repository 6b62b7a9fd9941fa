#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/outputs.h"
#include "task/task.h"

namespace deai::model {

// What a task wants its model to be judged by, over samples that come batch by batch. Samples of an
// ignored class count for nothing.
class Metrics {
 public:
  // The task stays where it is.
  explicit Metrics(const task::Task& task);

  // outputs: before softmax or sigmoid, one row per label.
  void add(const tensor::Tensor& outputs, const Labels& labels);

  // Whether or not the task asks for it; no number where labels are none of classes.
  double accuracy() const { return value("accuracy"); }

  struct Value {
    std::string_view name;  // of task::metric_kinds()
    double value;
  };
  // Those of the task, in its order; what is not one number, or nothing is known of, is no number.
  //   accuracy                 share classified right
  //   top_k                    share whose class is among the k largest outputs
  //   auc                      share of the pairs of both classes in right order, ties half (Mann
  //                            and Whitney, 1947)
  //   f1                       2·tp / (2·tp + fp + fn) of class 1 of two; of more classes its mean
  //                            over those that occur
  //   mean_absolute_error, root_mean_squared_error
  std::vector<Value> values() const;
  // The task's confusion matrix, [classes, classes]: how many of a class (row) were taken for which
  // (column). Empty where the task does not want it.
  std::vector<std::uint32_t> confusion() const;

 private:
  bool wants(std::string_view kind) const;
  void add_class(const real* outputs, std::size_t label);
  double value(std::string_view kind) const;
  double auc() const;
  double f1() const;

  const task::Task* task_;
  std::size_t classes_;
  bool single_;  // one output for both classes
  bool scored_;  // auc is wanted
  Index k_ = 0;  // of top_k
  std::uint64_t count_ = 0;
  std::uint64_t correct_ = 0;
  std::uint64_t among_k_ = 0;
  std::vector<std::uint32_t> confusion_;
  // Of auc: a score in bits that sort as it does, then the class.
  std::vector<std::uint64_t> scores_;
  double absolute_ = 0;
  double squared_ = 0;
};

}  // namespace deai::model
