#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/text.h"
#include "session/learner_parts.h"

// What a learner does with its model without changing it: evaluation, prediction, generation.
namespace deai::session {
namespace {

std::string_view part_name(Part part) { return part == Part::kTraining ? "training" : "held-out"; }

}  // namespace

void Workplace::read(const data::Dataset& part, std::uint32_t& at, std::uint32_t count) {
  rows.resize(count);
  for (std::uint32_t& row : rows) row = at++;
  part.read(rows, batch);
}

void Learner::begin_evaluation(Part part) {
  const std::uint32_t count = parts_->samples(part).count();
  if (count == 0) {
    fail(ErrorCode::kState, text("there are no ", part_name(part), " samples to judge by"));
  }
  const Trainable& trainable = parts_->trainable;
  // A copy: steps that are made meanwhile change the weights.
  tensor::Tensor judged = trainable.judged_weights();
  if (judged.data() == trainable.model().weights().data()) judged = judged.clone();
  parts_->evaluation.emplace(part, std::move(judged), model::Metrics(parts_->task), count);
}

EvaluationReport Learner::evaluation_step() {
  Parts& p = *parts_;
  if (!p.evaluation) fail(ErrorCode::kState, "evaluation_step: no evaluation has begun");
  Evaluation& evaluation = *p.evaluation;
  Workplace& work = p.judging;
  const auto batch_size = static_cast<std::uint32_t>(p.task.training.batch_size);
  work.read(p.samples(evaluation.part), evaluation.at,
            std::min(batch_size, evaluation.end - evaluation.at));
  const BatchReport batch =
      p.trainable.judge(evaluation.judged, work.batch.inputs, work.labels(), &evaluation.metrics);
  evaluation.loss_sum += batch.loss * batch.weight;
  evaluation.weight += batch.weight;

  EvaluationReport report;
  report.count = evaluation.at;
  report.loss = evaluation.loss_sum / evaluation.weight;
  report.accuracy = evaluation.metrics.accuracy();
  report.finished = evaluation.at == evaluation.end;
  if (report.finished) {
    report.metrics = evaluation.metrics.values();
    report.confusion = evaluation.metrics.confusion();
    p.evaluation.reset();
  }
  return report;
}

std::size_t Learner::output_width() const { return parts_->trainable.output_width(); }

std::vector<float> Learner::Parts::predict(const data::Dataset& inputs) {
  const auto batch_size = static_cast<std::uint32_t>(task.training.batch_size);
  std::vector<float> out;
  for (std::uint32_t at = 0; at < inputs.count();) {
    judging.read(inputs, at, std::min(batch_size, inputs.count() - at));
    const tensor::Tensor readable = trainable.predict(judging.batch.inputs);
    for (const real value : readable.span()) out.push_back(static_cast<float>(value));
  }
  return out;
}

std::vector<float> Learner::predict_table(std::string_view source, ByteView cells) {
  data::Dataset inputs(parts_->task);
  inputs.add_table(source, cells, data::Labels::kIgnored);
  return parts_->predict(inputs);
}

std::vector<float> Learner::predict_images(std::string_view source, ByteView pixels) {
  data::Dataset inputs(parts_->task);
  inputs.add_images(source, pixels, {}, data::Labels::kIgnored);
  return parts_->predict(inputs);
}

std::vector<float> Learner::predict_dense(std::span<const float> inputs) {
  data::Dataset ready(parts_->task);
  ready.add_dense("inputs", inputs, {}, data::Labels::kIgnored);
  return parts_->predict(ready);
}

std::vector<std::uint32_t> Learner::tokens_of(std::string_view source, ByteView text) const {
  return data::tokens_of(parts_->task.data, source, text);
}

void Learner::begin_generation(std::span<const std::uint32_t> prompt,
                               const GenerationSettings& settings) {
  parts_->generation.emplace(parts_->trainable, prompt, settings);
}

std::uint32_t Learner::generation_step() {
  if (!parts_->generation) fail(ErrorCode::kState, "generation_step: no generation has begun");
  return parts_->generation->next();
}

}  // namespace deai::session
