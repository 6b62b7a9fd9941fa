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

// The mean over the batch, with class weights the weighted one.
autograd::Variable loss(autograd::Context& context, const task::LossSpec& spec,
                        const autograd::Variable& outputs, const Labels& labels);

// What a batch weighs beside others in that mean: without class weights and an ignored class as much
// as it has labels.
double weight(const task::LossSpec& spec, const Labels& labels);

// How many are classified right, of those that count; 0 where the label is a number. places: memory to work in.
std::uint32_t count_correct(const task::LossSpec& loss, const tensor::Tensor& outputs,
                            const Labels& labels, std::vector<std::int32_t>& places);

// As people read them: the probability of each class, or of class 1, or the number.
tensor::Tensor readable(autograd::Context& context, const task::LossSpec& loss,
                        const autograd::Variable& outputs);

}  // namespace deai::model
