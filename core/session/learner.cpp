#include "session/learner.h"

#include <algorithm>

#include "base/error.h"
#include "model/outputs.h"
#include "model/safetensors.h"
#include "session/learner_optimizer.h"
#include "session/learner_parts.h"
#include "tensor/pool.h"

namespace deai::session {
namespace {

// Shuffles take the streams 0, 1, 2, … of the seed (data::Order), dropout this one.
constexpr std::uint64_t kDropoutStream = std::uint64_t{1} << 63;
constexpr std::string_view kTaskField = "task";
constexpr std::string_view kRoundField = "round";

}  // namespace

Learner::Parts::Parts(const task::Task& task_, std::uint64_t seed)
    : task(task_),
      model(task),
      optimizer(
          make_optimizer(task.training.optimizer, static_cast<Index>(model.weights().size()))),
      training(task),
      held_out(task),
      order(seed) {
  learning.context.random = Random(seed, kDropoutStream);
  learning.context.training = true;
}

void Learner::Parts::samples_changed(Part part) {
  if (part == Part::kTraining) order.resize(training.count());
}

Learner::Learner(const task::Task& task, std::uint64_t seed)
    : parts_(std::make_unique<Parts>(task, seed)) {}
Learner::~Learner() = default;
Learner::Learner(Learner&&) noexcept = default;
Learner& Learner::operator=(Learner&&) noexcept = default;

std::uint32_t Learner::add_table(Part part, std::string_view source, ByteView cells) {
  const auto added = parts_->samples(part).add_table(source, cells, data::Labels::kNeeded);
  parts_->samples_changed(part);
  return added;
}

std::uint32_t Learner::add_images(Part part, std::string_view source, ByteView pixels,
                                  std::span<const std::uint32_t> labels) {
  const auto added =
      parts_->samples(part).add_images(source, pixels, labels, data::Labels::kNeeded);
  parts_->samples_changed(part);
  return added;
}

std::uint32_t Learner::add_dense(Part part, std::string_view source, std::span<const float> inputs,
                                 std::span<const float> labels) {
  const auto added = parts_->samples(part).add_dense(source, inputs, labels, data::Labels::kNeeded);
  parts_->samples_changed(part);
  return added;
}

std::uint32_t Learner::sample_count(Part part) const { return parts_->samples(part).count(); }

void Learner::clear_samples(Part part) {
  parts_->samples(part).clear();
  parts_->samples_changed(part);
  if (parts_->evaluation && parts_->evaluation->part == part) parts_->evaluation.reset();
}

StepReport Learner::step() {
  Parts& p = *parts_;
  const std::uint32_t samples = p.training.count();
  if (samples == 0) fail(ErrorCode::kState, "there are no training samples to learn from");
  Workplace& work = p.learning;
  work.rows.resize(
      std::min<std::size_t>(samples, static_cast<std::size_t>(p.task.training.batch_size)));
  p.order.next(work.rows);
  p.training.read(work.rows, work.batch);

  work.context.tape.reset();  // a step that failed may have left something
  const nn::ParameterView parameters = p.model.trainable();
  const auto outputs =
      p.model.forward(work.context, parameters, autograd::Variable(work.batch.inputs));
  const auto loss = model::loss(work.context, p.task.loss, outputs, p.labels(work.batch));
  StepReport report;
  report.loss = static_cast<double>(loss.value().item());
  report.count = static_cast<std::uint32_t>(work.rows.size());
  report.correct =
      model::count_correct(p.task.loss, outputs.value(), p.labels(work.batch), work.places);
  std::ranges::fill(p.model.gradients(), real(0));
  work.context.tape.backward(loss);
  p.optimizer->step(p.model.weights(), p.model.gradients(),
                    learning_rate(p.task.training.optimizer));
  work.context.tape.reset();
  p.epoch += static_cast<double>(report.count) / samples;
  report.epoch = p.epoch;
  return report;
}

std::size_t Learner::weight_count() const { return parts_->model.weights().size(); }

void Learner::get_weights(std::span<float> out) const {
  const std::span<const real> weights = std::as_const(parts_->model).weights();
  if (out.size() != weights.size()) {
    fail(ErrorCode::kArgument, text("get_weights: the model has ", weights.size(),
                                    " weights, there is room for ", out.size()));
  }
  std::ranges::transform(weights, out.begin(), [](real w) { return static_cast<float>(w); });
}

void Learner::set_weights(std::span<const float> weights) {
  const std::span<real> to = parts_->model.weights();
  if (weights.size() != to.size()) {
    fail(ErrorCode::kArgument,
         text("set_weights: expected ", to.size(), " weights, found ", weights.size()));
  }
  std::ranges::transform(weights, to.begin(), [](float w) { return static_cast<real>(w); });
}

const std::string& Learner::layout_text() const { return parts_->model.layout_text(); }

std::vector<std::uint32_t> Learner::tensor_sizes() const {
  std::vector<std::uint32_t> sizes;
  for (const nn::Parameter& parameter : parts_->model.parameters()) {
    sizes.push_back(static_cast<std::uint32_t>(parameter.shape.size()));
  }
  return sizes;
}

Bytes Learner::export_model(std::uint64_t round) const {
  const model::Metadata metadata{{std::string(kTaskField), parts_->task.id},
                                 {std::string(kRoundField), std::to_string(round)}};
  return model::write_safetensors(parts_->model.parameters(),
                                  std::as_const(parts_->model).weights(), metadata);
}

void Learner::import_model(ByteView file) {
  // Files of other programs name no task: there the tensors' names and shapes must do.
  for (const auto& [field, value] : model::read_metadata(file)) {
    if (field == kTaskField && value != parts_->task.id) {
      fail(ErrorCode::kFile, text("model file: is of the task \"", value.substr(0, 64),
                                  "\", expected \"", parts_->task.id, '"'));
    }
  }
  set_weights(model::read_safetensors(parts_->model.parameters(), file));
}

std::size_t Learner::memory_bytes() const {
  return tensor::Pool::mine().use().held_bytes + parts_->training.memory_bytes() +
         parts_->held_out.memory_bytes();
}

}  // namespace deai::session
