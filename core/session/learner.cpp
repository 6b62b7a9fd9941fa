#include "session/learner.h"

#include <algorithm>

#include "base/error.h"
#include "session/learner_parts.h"

namespace deai::session {
Learner::Parts::Parts(const task::Task& task_, std::uint64_t seed)
    : task(task_), trainable(task, seed), training(task), held_out(task), order(seed) {}

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

std::uint32_t Learner::add_text(Part part, std::string_view source, ByteView text) {
  return add_tokens(part, source, tokens_of(source, text));
}

std::uint32_t Learner::add_tokens(Part part, std::string_view source,
                                  std::span<const std::uint32_t> tokens) {
  const auto added = parts_->samples(part).add_tokens(source, tokens);
  parts_->samples_changed(part);
  return added;
}

std::uint32_t Learner::sample_count(Part part) const { return parts_->samples(part).count(); }

void Learner::clear_samples(Part part) {
  parts_->samples(part).clear();
  parts_->samples_changed(part);
  if (parts_->evaluation && parts_->evaluation->part == part) parts_->evaluation.reset();
}

void Learner::Parts::draw() {
  if (task.model.weights && !based) {
    fail(ErrorCode::kState, text("training begins with the weights in ", task.model.weights->file,
                                 ", which were not loaded yet"));
  }
  const std::uint32_t samples = training.count();
  if (samples == 0) fail(ErrorCode::kState, "there are no training samples to learn from");
  learning.rows.resize(
      std::min<std::size_t>(samples, static_cast<std::size_t>(task.training.batch_size)));
  learning.epochs.resize(learning.rows.size());
  order.next(learning.rows, learning.epochs);
  training.read(learning.rows, learning.batch, {order.place().seed, learning.epochs});
}

StepReport Learner::Parts::learnt(const BatchReport& batch) {
  StepReport report;
  report.loss = batch.loss;
  report.count = static_cast<std::uint32_t>(learning.rows.size());
  report.labels = report.count * static_cast<std::uint32_t>(trainable.labels_per_sample());
  report.correct = batch.correct;
  epoch += static_cast<double>(report.count) / training.count();
  report.epoch = epoch;
  return report;
}

StepReport Learner::step(std::span<const float> anchor) {
  Parts& p = *parts_;
  p.draw();
  return p.learnt(p.trainable.train_batch(p.learning.batch.inputs, p.learning.labels(), anchor));
}

std::size_t Learner::weight_count() const { return parts_->trainable.model().weights().size(); }

std::size_t Learner::exchanged_count() const { return parts_->trainable.exchanged_count(); }

void Learner::get_weights(std::span<float> out) const { parts_->trainable.get_weights(out); }

void Learner::set_weights(std::span<const float> weights) {
  parts_->trainable.set_weights(weights);
}

const std::string& Learner::layout_text() const { return parts_->trainable.model().layout_text(); }

std::vector<std::uint32_t> Learner::tensor_sizes() const {
  std::vector<std::uint32_t> sizes;
  for (const nn::Parameter& parameter : parts_->trainable.model().parameters()) {
    sizes.push_back(static_cast<std::uint32_t>(parameter.shape.size()));
  }
  return sizes;
}

codec::Layout Learner::exchanged_tensors() const {
  codec::Layout tensors;
  for (const nn::Section section : {nn::Section::kTrained, nn::Section::kBuffer}) {
    for (const nn::Parameter& parameter : parts_->trainable.model().parameters()) {
      if (parameter.section != section || parameter.shape.size() == 0) continue;
      const auto rows = static_cast<std::size_t>(parameter.shape[0]);
      tensors.push_back({rows, static_cast<std::size_t>(parameter.shape.size()) / rows});
    }
  }
  if (codec::total(tensors) != exchanged_count()) {
    fail(ErrorCode::kInternal, "the layout does not cover what is exchanged");
  }
  return tensors;
}

std::size_t Learner::memory_bytes() const {
  return parts_->trainable.memory().held_bytes + sample_bytes();
}

std::size_t Learner::sample_bytes() const {
  return parts_->training.memory_bytes() + parts_->held_out.memory_bytes();
}

}  // namespace deai::session
