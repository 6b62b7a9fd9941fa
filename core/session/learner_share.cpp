#include <utility>

#include "base/error.h"
#include "session/learner_parts.h"

// A step whose batch several share.
namespace deai::session {
namespace {

// The labels of some rows, of which each has as many; of those that the task does not have, none.
template <typename Value>
std::span<const Value> part_of(const std::vector<Value>& all, std::size_t rows, std::size_t first,
                               std::size_t count) {
  const std::size_t each = all.size() / rows;
  return std::span(all).subspan(first * each, count * each);
}

}  // namespace

std::uint32_t Learner::begin_step() {
  Parts& p = *parts_;
  p.draw();
  p.version = p.trainable.version();
  p.drawn = p.trainable.drawn();
  p.weight = p.trainable.weight(p.learning.labels());
  return static_cast<std::uint32_t>(p.learning.rows.size());
}

Learner::Share Learner::share(std::uint32_t first, std::uint32_t count) const {
  const Workplace& work = parts_->learning;
  if (work.rows.empty() || first > work.rows.size() || count > work.rows.size() - first) {
    fail(ErrorCode::kInternal,
         text("share: ", count, " rows from ", first, " on of ", work.rows.size()));
  }
  const std::size_t size = static_cast<std::size_t>(parts_->training.input_shape().size());
  Share share;
  share.inputs = std::as_const(work.batch.inputs).span().subspan(first * size, count * size);
  share.classes = part_of(work.batch.classes, work.rows.size(), first, count);
  share.numbers = part_of(work.batch.numbers, work.rows.size(), first, count);
  share.drawn = parts_->drawn;
  share.weight = parts_->weight;
  return share;
}

BatchReport Learner::share_gradient(std::uint32_t first, std::uint32_t count) {
  Parts& p = *parts_;
  const Share mine = share(first, count);
  const Shape shape = p.trainable.batch_shape(mine.inputs.size());
  const Index offset = static_cast<Index>(first) * p.training.input_shape().size();
  return p.trainable.loss_and_gradient(
      p.learning.batch.inputs.part(offset, shape), {mine.classes, mine.numbers},
      {static_cast<Index>(first), static_cast<Index>(p.learning.rows.size()), p.drawn, p.weight});
}

bool Learner::step_holds() const { return parts_->version == parts_->trainable.version(); }

StepReport Learner::finish_step(const BatchReport& batch, std::span<const float> anchor) {
  if (!step_holds()) fail(ErrorCode::kState, "finish_step: the weights were set meanwhile");
  parts_->trainable.step(anchor);
  return parts_->learnt(batch);
}

Trainable& Learner::trainable() { return parts_->trainable; }
double Learner::epoch() const { return parts_->epoch; }

}  // namespace deai::session
