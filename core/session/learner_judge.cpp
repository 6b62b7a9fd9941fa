#include <algorithm>
#include <limits>

#include "base/error.h"
#include "model/outputs.h"
#include "session/learner_parts.h"

// What a learner does with its model without changing it: evaluation and prediction.
namespace deai::session {
namespace {

std::string_view part_name(Part part) { return part == Part::kTraining ? "training" : "held-out"; }

}  // namespace

void Learner::begin_evaluation(Part part) {
  const std::uint32_t count = parts_->samples(part).count();
  if (count == 0) {
    fail(ErrorCode::kState, text("there are no ", part_name(part), " samples to judge by"));
  }
  parts_->evaluation = Evaluation{part, {parts_->model.trainable().weights.clone(), {}}, count};
}

EvaluationReport Learner::evaluation_step() {
  Parts& p = *parts_;
  if (!p.evaluation) fail(ErrorCode::kState, "evaluation_step: no evaluation has begun");
  Evaluation& evaluation = *p.evaluation;
  Workplace& work = p.judging;
  const auto batch_size = static_cast<std::uint32_t>(p.task.training.batch_size);
  work.rows.resize(std::min(batch_size, evaluation.end - evaluation.at));
  for (std::uint32_t& row : work.rows) row = evaluation.at++;
  p.samples(evaluation.part).read(work.rows, work.batch);

  work.context.tape.reset();
  const auto outputs =
      p.model.forward(work.context, evaluation.judged, autograd::Variable(work.batch.inputs));
  const auto loss = model::loss(work.context, p.task.loss, outputs, p.labels(work.batch));
  evaluation.loss_sum +=
      static_cast<double>(loss.value().item()) * static_cast<double>(work.rows.size());
  evaluation.correct +=
      model::count_correct(p.task.loss, outputs.value(), p.labels(work.batch), work.places);
  work.context.tape.reset();

  EvaluationReport report;
  report.count = evaluation.at;
  report.loss = evaluation.loss_sum / report.count;
  report.accuracy = p.task.data.classes.empty()
                        ? std::numeric_limits<double>::quiet_NaN()
                        : static_cast<double>(evaluation.correct) / report.count;
  report.finished = evaluation.at == evaluation.end;
  if (report.finished) p.evaluation.reset();
  return report;
}

std::size_t Learner::output_width() const {
  return static_cast<std::size_t>(task::output_size(parts_->task));
}

std::vector<float> Learner::Parts::predict(const data::Dataset& inputs) {
  const nn::ParameterView parameters{model.trainable().weights, {}};
  const auto batch_size = static_cast<std::uint32_t>(task.training.batch_size);
  std::vector<float> out;
  for (std::uint32_t at = 0; at < inputs.count();) {
    judging.rows.resize(std::min(batch_size, inputs.count() - at));
    for (std::uint32_t& row : judging.rows) row = at++;
    inputs.read(judging.rows, judging.batch);
    judging.context.tape.reset();
    const auto outputs =
        model.forward(judging.context, parameters, autograd::Variable(judging.batch.inputs));
    const auto readable = model::readable(judging.context, task.loss, outputs);
    for (const real value : readable.span()) out.push_back(static_cast<float>(value));
    judging.context.tape.reset();
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

}  // namespace deai::session
