#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "autograd/context.h"
#include "data/dataset.h"
#include "data/order.h"
#include "model/model.h"
#include "optim/optimizer.h"
#include "session/learner.h"

namespace deai::session {

// An evaluation that is under way.
struct Evaluation {
  Part part;
  nn::ParameterView judged;  // a copy of the weights at its beginning, without gradients
  std::uint32_t end;         // samples of the part at its beginning
  std::uint32_t at = 0;
  double loss_sum = 0;
  std::uint64_t correct = 0;
};

// One batch through the model, judged or trained on; all that it needs is kept for the next one.
struct Workplace {
  autograd::Context context;
  data::Batch batch;
  std::vector<std::uint32_t> rows;   // the samples in the batch
  std::vector<std::int32_t> places;  // of each row's largest output
};

struct Learner::Parts {
  Parts(const task::Task& task_, std::uint64_t seed);

  data::Dataset& samples(Part part) { return part == Part::kTraining ? training : held_out; }
  model::Labels labels(const data::Batch& batch) const { return {batch.classes, batch.numbers}; }
  // What follows when a part got or lost samples.
  void samples_changed(Part part);
  std::vector<float> predict(const data::Dataset& inputs);

  task::Task task;
  model::Model model;
  std::unique_ptr<optim::Optimizer> optimizer;
  data::Dataset training;
  data::Dataset held_out;
  data::Order order;
  double epoch = 0;
  Workplace learning;
  // Apart from learning: it neither draws dropout's random numbers nor changes a batch's size.
  Workplace judging;
  std::optional<Evaluation> evaluation;
};

}  // namespace deai::session
