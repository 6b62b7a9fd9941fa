#include "model/outputs.h"

#include "ops/argmax.h"
#include "ops/huber.h"
#include "ops/mean_absolute_error.h"
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

autograd::Variable loss(autograd::Context& context, const task::LossSpec& spec,
                        const autograd::Variable& outputs, const Labels& labels) {
  switch (spec.kind) {
    case task::Loss::kSoftmaxCrossEntropy: {
      const std::vector<real> weights(spec.class_weights.begin(), spec.class_weights.end());
      return ops::softmax_cross_entropy(context, rows(context, outputs), labels.classes,
                                        {.label_smoothing = static_cast<real>(spec.label_smoothing),
                                         .class_weights = weights,
                                         .ignored = spec.ignored});
    }
    case task::Loss::kSigmoidBinaryCrossEntropy:
      return ops::sigmoid_binary_cross_entropy(context, outputs, labels.classes);
    case task::Loss::kMeanAbsoluteError:
      return ops::mean_absolute_error(context, outputs, labels.numbers);
    case task::Loss::kHuber:
      return ops::huber(context, outputs, labels.numbers, static_cast<real>(spec.delta));
    case task::Loss::kMeanSquaredError:
      break;
  }
  return ops::mean_squared_error(context, outputs, labels.numbers);
}

double weight(const task::LossSpec& spec, const Labels& labels) {
  if (spec.even()) return static_cast<double>(labels.classes.size() + labels.numbers.size());
  double sum = 0;
  for (const std::int32_t label : labels.classes) {
    if (label == spec.ignored) continue;
    sum += spec.class_weights.empty() ? 1 : spec.class_weights[static_cast<std::size_t>(label)];
  }
  return sum;
}

std::uint32_t count_correct(const task::LossSpec& loss, const tensor::Tensor& outputs,
                            const Labels& labels, std::vector<std::int32_t>& places) {
  if (!loss.has_classes()) return 0;
  places.resize(labels.classes.size());
  if (loss.kind == task::Loss::kSoftmaxCrossEntropy) {
    ops::argmax(outputs, places);
  } else {
    // A sigmoid is above one half where its argument is above zero.
    for (std::size_t at = 0; at < places.size(); ++at) places[at] = outputs.data()[at] > 0 ? 1 : 0;
  }
  std::uint32_t correct = 0;
  for (std::size_t at = 0; at < places.size(); ++at) {
    const std::int32_t label = labels.classes[at];
    correct += places[at] == label && label != loss.ignored ? 1 : 0;
  }
  return correct;
}

tensor::Tensor readable(autograd::Context& context, const task::LossSpec& loss,
                        const autograd::Variable& outputs) {
  switch (loss.kind) {
    case task::Loss::kSoftmaxCrossEntropy:
      return ops::softmax(context, outputs).value();
    case task::Loss::kSigmoidBinaryCrossEntropy:
      return ops::sigmoid(context, outputs).value();
    default:
      return outputs.value();
  }
}

}  // namespace deai::model
