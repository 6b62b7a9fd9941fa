#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "data/dataset.h"
#include "data/order.h"
#include "session/generation.h"
#include "session/learner.h"
#include "session/trainable.h"

namespace deai::session {

// An evaluation that is under way.
struct Evaluation {
  Part part;
  tensor::Tensor judged;  // a copy of the weights at its beginning
  model::Metrics metrics;
  std::uint32_t end;  // samples of the part at its beginning
  std::uint32_t at = 0;
  double loss_sum = 0;  // of what weighs so much
  double weight = 0;
};

// One batch of samples; its memory is kept for the next one.
struct Workplace {
  data::Batch batch;
  std::vector<std::uint32_t> rows;    // the samples in the batch
  std::vector<std::uint64_t> epochs;  // the epoch of each, when they are learnt from

  // The next so many samples of a part from `at` on, which moves.
  void read(const data::Dataset& part, std::uint32_t& at, std::uint32_t count);
  model::Labels labels() const { return {batch.classes, batch.numbers}; }
};

struct Learner::Parts {
  Parts(const task::Task& task_, std::uint64_t seed);

  data::Dataset& samples(Part part) { return part == Part::kTraining ? training : held_out; }
  // What follows when a part got or lost samples.
  void samples_changed(Part part);
  std::vector<float> predict(const data::Dataset& inputs);
  // The next batch to learn from, and what was made of it.
  void draw();
  StepReport learnt(const BatchReport& batch);

  task::Task task;
  Trainable trainable;
  data::Dataset training;
  data::Dataset held_out;
  data::Order order;
  double epoch = 0;
  bool based = false;         // the weights to begin with were loaded, where the task names some
  std::uint64_t version = 0;  // of the weights when a step in shares began
  std::uint64_t drawn = 0;    // by dropout, likewise
  double weight = 0;          // of its batch's labels in the loss
  Workplace learning;
  Workplace judging;  // apart from learning: it does not change a batch's size
  std::optional<Evaluation> evaluation;
  std::optional<Generation> generation;
};

}  // namespace deai::session
