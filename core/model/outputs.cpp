#include "model/outputs.h"

#include "ops/argmax.h"
#include "ops/mean_squared_error.h"
#include "ops/reshape.h"
#include "ops/sigmoid.h"
#include "ops/sigmoid_binary_cross_entropy.h"
#include "ops/softmax.h"
#include "ops/softmax_cross_entropy.h"

namespace deai::model {

namespace {

// Every token of a text has a label: [N, T, V] → [N · T, V].
autograd::Variable rows(autograd::Context& context, const autograd::Variable& outputs) {
  const Shape& shape = outputs.shape();
  if (shape.rank() < 3) return outputs;
  return ops::reshape(context, outputs, {shape[0] * shape[1], shape[2]});
}

}  // namespace

autograd::Variable loss(autograd::Context& context, task::Loss kind,
                        const autograd::Variable& outputs, const Labels& labels) {
  switch (kind) {
    case task::Loss::kSoftmaxCrossEntropy:
      return ops::softmax_cross_entropy(context, rows(context, outputs), labels.classes);
    case task::Loss::kSigmoidBinaryCrossEntropy:
      return ops::sigmoid_binary_cross_entropy(context, outputs, labels.classes);
    case task::Loss::kMeanSquaredError:
      break;
  }
  return ops::mean_squared_error(context, outputs, labels.numbers);
}

std::uint32_t count_correct(task::Loss kind, const tensor::Tensor& outputs, const Labels& labels,
                            std::vector<std::int32_t>& places) {
  if (kind == task::Loss::kMeanSquaredError) return 0;
  places.resize(labels.classes.size());
  if (kind == task::Loss::kSoftmaxCrossEntropy) {
    ops::argmax(outputs, places);
  } else {
    // A sigmoid is above one half where its argument is above zero.
    for (std::size_t at = 0; at < places.size(); ++at) places[at] = outputs.data()[at] > 0 ? 1 : 0;
  }
  std::uint32_t correct = 0;
  for (std::size_t at = 0; at < places.size(); ++at) {
    correct += places[at] == labels.classes[at] ? 1 : 0;
  }
  return correct;
}

tensor::Tensor readable(autograd::Context& context, task::Loss kind,
                        const autograd::Variable& outputs) {
  switch (kind) {
    case task::Loss::kSoftmaxCrossEntropy:
      return ops::softmax(context, outputs).value();
    case task::Loss::kSigmoidBinaryCrossEntropy:
      return ops::sigmoid(context, outputs).value();
    case task::Loss::kMeanSquaredError:
      break;
  }
  return outputs.value();
}

}  // namespace deai::model
