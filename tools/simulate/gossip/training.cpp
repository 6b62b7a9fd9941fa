#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "exchange.h"
#include "gossip/quasi_global.h"
#include "model/model.h"
#include "optim/schedule.h"
#include "samples.h"
#include "session/learner.h"
#include "session/trainable.h"
#include "tasks.h"

namespace deai::simulate::gossip {

namespace {

codec::Layout layout_of(const nn::ParameterLayout& parameters, std::size_t count) {
  std::vector<const nn::Parameter*> in_order;
  for (const nn::Parameter& parameter : parameters.parameters()) in_order.push_back(&parameter);
  std::sort(in_order.begin(), in_order.end(),
            [](const auto* a, const auto* b) { return a->offset < b->offset; });
  codec::Layout layout;
  for (const nn::Parameter* parameter : in_order) {
    const auto size = static_cast<std::size_t>(parameter->shape.size());
    const auto rows = static_cast<std::size_t>(parameter->shape[0]);
    layout.push_back({rows, size / rows});
  }
  if (codec::total(layout) != count) {
    fail(ErrorCode::kInternal, "simulate: the layout does not cover the weights");
  }
  return layout;
}

double steps_of(const Options& options) {
  return static_cast<double>(options.rounds) * options.local_steps;
}

// What the options say in place of the task.
void change(task::Training& training, const Options& options) {
  for (task::Choice::Setting& setting : training.optimizer.settings) {
    if (setting.name == "learning_rate" && options.learning_rate > 0) {
      setting.value = options.learning_rate;
    }
    if (setting.name == "momentum" && options.momentum == "none") setting.value = 0;
  }
  if (options.batch_size > 0) training.batch_size = static_cast<Index>(options.batch_size);
  if (options.decay) {
    training.schedule = {"cosine", {{"steps", steps_of(options)}, {"last", 0}, {"warm_up", 0}}};
  }
}

class Participant {
 public:
  Participant(const Options& options, const task::Task& task, std::uint32_t number)
      : learner_(task, options.seed << 20 | number), number_(number) {
    // What is frozen stays equal everywhere, but schemes would count it.
    if (learner_.trainable().exchanged_count() != learner_.weight_count()) {
      fail(ErrorCode::kTask, "simulate: expected a task without frozen layers");
    }
    if (options.momentum == "quasi_global") momentum_.emplace(x(), 0.9f);
    rate_ = task.training.optimizer.number("learning_rate");
    if (options.decay) {
      schedule_.kind = optim::Schedule::Kind::kCosine;
      schedule_.steps = steps_of(options);
    }
  }

  session::Learner& learner() { return learner_; }
  std::span<float> x() { return learner_.trainable().new_weights(learner_.weight_count()); }

  void train(std::uint32_t steps, Exchange& exchange) {
    for (std::uint32_t step = 0; step < steps; ++step) {
      if (!momentum_ && !exchange.corrects()) {
        learner_.step();
        continue;
      }
      const std::uint32_t rows = learner_.begin_step();
      const session::BatchReport batch = learner_.share_gradient(0, rows);
      const std::span<float> gradient = learner_.trainable().gradient();
      if (momentum_) {
        momentum_->step(x(), gradient, next_rate());
        continue;
      }
      exchange.correct(number_, weights(), gradient);
      learner_.finish_step(batch);
    }
  }
  void mixed() {
    if (momentum_) momentum_->mixed(x());
  }

  session::EvaluationReport judge() {
    learner_.begin_evaluation(session::Part::kHeldOut);
    for (;;) {
      const session::EvaluationReport report = learner_.evaluation_step();
      if (report.finished) return report;
    }
  }

 private:
  float next_rate() { return static_cast<float>(rate_ * optim::factor_at(schedule_, steps_++)); }
  std::span<const float> weights() {
    copy_.resize(learner_.weight_count());
    learner_.get_weights(copy_);
    return copy_;
  }

  session::Learner learner_;
  std::uint32_t number_;
  std::optional<deai::gossip::QuasiGlobalMomentum> momentum_;
  optim::Schedule schedule_;  // of that momentum, which is not the learner's
  double rate_ = 0;
  double steps_ = 0;
  std::vector<float> copy_;
};

class Training {
 public:
  Training(const Options& options, Workers& workers)
      : options_(options),
        workers_(workers),
        samples_(folder_of(options.task),
                 folder_of(options.samples_of.empty() ? options.task : options.samples_of),
                 options.samples, options.held_out),
        participants_(options.participants) {
    task::Task task = samples_.task();
    change(task.training, options);
    const auto hands =
        deal(options.partition, samples_.labels(), options.participants, options.seed);
    // Weights to begin with are those of the task, and its seed is this run's.
    task.model.seed += options.seed;
    workers.for_each(options.participants, [&](std::uint32_t number) {
      participants_[number] = std::make_unique<Participant>(options, task, number);
      samples_.add(participants_[number]->learner(), hands[number]);
      samples_.add_held_out(participants_[number]->learner());
    });
    Participant& first = *participants_.front();
    layout_ = layout_of(first.learner().trainable().model().layout(), first.x().size());
    const std::vector<float> beginning(first.x().begin(), first.x().end());
    exchange_ = make_exchange(options, layout_, beginning);
  }
  ~Training() {
    // Tensors go where they came from.
    workers_.for_each(options_.participants,
                      [&](std::uint32_t number) { participants_[number].reset(); });
  }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  Report run() {
    Report report;
    report.weights = codec::total(layout_);
    report.step = exchange_->step();
    const std::uint32_t every =
        options_.evaluate > 0 ? options_.evaluate : (options_.rounds + 9) / 10;
    for (std::uint32_t round = 0; round < options_.rounds; ++round) {
      workers_.for_each(options_.participants, [&](std::uint32_t number) {
        participants_[number]->train(options_.local_steps, *exchange_);
      });
      Vectors x;
      for (auto& participant : participants_) x.push_back(participant->x());
      exchange_->round(round, x, workers_);
      workers_.for_each(options_.participants,
                        [&](std::uint32_t number) { participants_[number]->mixed(); });
      const bool last = round + 1 == options_.rounds;
      if ((round + 1) % every == 0 || last) report.measured.push_back(measure(round + 1, last));
    }
    report.messages =
        static_cast<double>(exchange_->messages()) / options_.participants / options_.rounds;
    report.diverged = !(report.measured.back().loss < 1e6);
    return report;
  }

 private:
  static std::string folder_of(const std::string& task) {
    return task.find('/') == std::string::npos ? "tasks/" + task : task;
  }
  Measured measure(std::uint32_t round, bool last) {
    Vectors x;
    for (auto& participant : participants_) x.push_back(participant->x());
    std::vector<float> mean;
    Measured measured;
    measured.round = round;
    measured.bytes = static_cast<double>(exchange_->bytes()) / options_.participants;
    measured.consensus = distance(x, mean);
    std::vector<double> own(participants_.size());
    workers_.for_each(last ? options_.participants : 1, [&](std::uint32_t number) {
      Participant& participant = *participants_[number];
      if (last) own[number] = participant.judge().accuracy;
      if (number > 0) return;
      // The first one's place is borrowed for the mean.
      const std::vector<float> kept(participant.x().begin(), participant.x().end());
      std::copy(mean.begin(), mean.end(), participant.x().begin());
      const session::EvaluationReport report = participant.judge();
      measured.accuracy = report.accuracy;
      measured.loss = report.loss;
      std::copy(kept.begin(), kept.end(), participant.x().begin());
    });
    if (!last) return measured;
    measured.own_accuracy = 0;
    for (const double accuracy : own) {
      measured.own_accuracy += accuracy / static_cast<double>(own.size());
    }
    return measured;
  }

  const Options& options_;
  Workers& workers_;
  Samples samples_;
  std::vector<std::unique_ptr<Participant>> participants_;
  codec::Layout layout_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace

Report run_training(const Options& options, Workers& workers) {
  return Training(options, workers).run();
}

}  // namespace deai::simulate::gossip
