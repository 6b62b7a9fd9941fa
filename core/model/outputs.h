#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/context.h"
#include "task/task.h"

// What a model's outputs mean, by the task's loss. outputs: [N, K], of texts [N, T, V].
namespace deai::model {

// What the outputs should have been: classes where the task has some, else numbers. [N], of texts
// [N · T].
struct Labels {
  std::span<const std::int32_t> classes;
  std::span<const real> numbers;
};

// The mean over the batch.
autograd::Variable loss(autograd::Context& context, task::Loss kind,
                        const autograd::Variable& outputs, const Labels& labels);

// How many are classified right; 0 where the label is a number. places: memory to work in.
std::uint32_t count_correct(task::Loss kind, const tensor::Tensor& outputs, const Labels& labels,
                            std::vector<std::int32_t>& places);

// As people read them: the probability of each class, or of class 1, or the number.
tensor::Tensor readable(autograd::Context& context, task::Loss kind,
                        const autograd::Variable& outputs);

}  // namespace deai::model
