#include <algorithm>

#include "base/error.h"
#include "secure/hash.h"
#include "session/learner_parts.h"

// A learner's model and training as files.
namespace deai::session {
namespace {

model::Metadata note(std::uint64_t round) {
  return {{"round", to_text(static_cast<long long>(round))}};
}

}  // namespace

Bytes Learner::export_model(std::uint64_t round) const {
  return parts_->trainable.export_model(note(round));
}

model::ReadReport Learner::import_model(ByteView file, const model::ReadOptions& options) {
  model::ReadReport report = parts_->trainable.import_model(file, options);
  parts_->based |= options.strict;
  return report;
}

model::ReadReport Learner::load_base(ByteView file) {
  const std::optional<task::BaseWeights>& base = parts_->task.model.weights;
  if (!base) fail(ErrorCode::kState, "load_base: the task names no weights to begin with");
  if (const std::string found = secure::hex(secure::hash(file)); found != base->blake2b) {
    fail(ErrorCode::kFile,
         text(base->file, ": its BLAKE2b is ", found, ", the task expects ", base->blake2b));
  }
  // What stays as it is must be something.
  model::ReadOptions options{.strict = false, .only = {}, .needed = {}};
  for (const nn::Parameter& parameter : parts_->trainable.model().parameters()) {
    if (parameter.section == nn::Section::kFrozen) options.needed.push_back(parameter.name);
  }
  model::ReadReport report = parts_->trainable.import_model(file, options);
  parts_->based = true;
  return report;
}

void Learner::check_frozen(ByteView file) const {
  const model::Model& model = parts_->trainable.model();
  const std::span<const real> now = model.weights();
  std::vector<real> then(now.begin(), now.end());
  model::TensorFile(file).read(model.parameters(), then, {.strict = false});
  const std::size_t exchanged = exchanged_count();
  if (!std::ranges::equal(std::span(then).subspan(exchanged), now.subspan(exchanged))) {
    fail(ErrorCode::kFile,
         "model file: its frozen weights are not the task's, which all who train together have");
  }
}

Bytes Learner::save_checkpoint(std::uint64_t round) const {
  const data::Order::Place place = parts_->order.place();
  ByteWriter more;
  more.u64(place.seed);
  more.u64(place.epoch);
  more.u32(place.at);
  more.u32(place.count);
  more.f64(parts_->epoch);
  return parts_->trainable.save(note(round), more.view());
}

void Learner::load_checkpoint(ByteView file) {
  const Bytes more = parts_->trainable.restore(file);
  parts_->based = true;
  parts_->evaluation.reset();
  ByteReader in(more);
  data::Order::Place place;
  place.seed = in.u64();
  place.epoch = in.u64();
  place.at = in.u32();
  place.count = in.u32();
  const double epoch = in.f64();
  // A checkpoint of a Trainable has no samples.
  if (!in.done() || place.at > place.count) return;
  parts_->order.go_to(place);
  parts_->epoch = epoch;
}

}  // namespace deai::session
