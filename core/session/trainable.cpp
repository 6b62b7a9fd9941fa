#include "session/trainable.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "aggregate/outer_step.h"
#include "base/error.h"
#include "kernels/elements.h"
#include "session/learner_optimizer.h"
#include "session/terms.h"
#include "tensor/pool.h"

namespace deai::session {
namespace {

using autograd::Profiler;
using autograd::Variable;
using tensor::Tensor;

Shape with_batch(Index batch, const Shape& sample) {
  std::array<Index, Shape::kMaxRank> extents{batch};
  std::ranges::copy(sample.extents(), extents.begin() + 1);
  return Shape(std::span(extents).first(static_cast<std::size_t>(sample.rank()) + 1));
}

void check_finite(std::string_view what, std::span<const real> values) {
  if (kernels::all_finite(values.data(), static_cast<Index>(values.size()))) return;
  const auto wrong = std::ranges::find_if(values, [](real value) { return !std::isfinite(value); });
  fail(ErrorCode::kArgument, text(what, ": number ", wrong - values.begin(), " is ", *wrong,
                                  ", expected finite numbers"));
}

}  // namespace

Random Trainable::dropout_numbers(std::uint64_t seed) {
  // Shuffles take the streams 0, 1, 2, … of the seed (data::Order).
  return Random(seed, std::uint64_t{1} << 63);
}

Trainable::Trainable(const task::Task& task, std::uint64_t seed)
    : task_id_(task.id),
      task_hash_(task_hash(task)),
      seed_(seed),
      loss_(task.loss),
      classes_(static_cast<std::size_t>(task::class_count(task.data))),
      labels_per_sample_(static_cast<std::size_t>(task::labels_per_sample(task.data))),
      batch_size_(task.training.batch_size),
      proximal_(task.exchange.proximal),
      model_(task),
      layers_(static_cast<Index>(model_.layer_names().size())),
      descent_(make_descent(task.training, model_.layout())) {
  learning_.random = dropout_numbers(seed);
  learning_.training = true;
  tensor::Pool::mine().reset_peak();
}

Shape Trainable::batch_shape(std::size_t numbers) const {
  const Shape& sample = model_.input_shape();
  const auto size = static_cast<std::size_t>(sample.size());
  if (numbers == 0 || numbers % size != 0) {
    fail(ErrorCode::kArgument, text("x has ", numbers, " numbers, expected ", size, ' ',
                                    sample.to_string(), " for each sample, and at least one"));
  }
  return with_batch(static_cast<Index>(numbers / size), sample);
}

Shape Trainable::outputs_shape(Index samples) const {
  return with_batch(samples, model_.output_shape());
}

void Trainable::check(const Tensor& x) const {
  const Index rank = x.shape().rank();
  const Index batch = rank > 0 ? x.shape()[0] : 0;
  if (batch < 1 || rank != model_.input_shape().rank() + 1 ||
      x.shape() != with_batch(batch, model_.input_shape())) {
    fail(ErrorCode::kArgument, text("x is ", x.shape().to_string(), ", expected a batch of ",
                                    model_.input_shape().to_string()));
  }
  check_finite("x", x.span());
}

void Trainable::check(const Tensor& x, const Labels& labels) const {
  check(x);
  const std::size_t wanted = static_cast<std::size_t>(x.shape()[0]) * labels_per_sample_;
  const std::size_t found = has_classes() ? labels.classes.size() : labels.numbers.size();
  if (found != wanted) {
    fail(
        ErrorCode::kArgument,
        text("y has ", found, has_classes() ? " classes" : " numbers", ", expected ", wanted,
             labels_per_sample_ == 1 ? ": one for each sample of x" : ": one for each token of x"));
  }
  check_finite("y", labels.numbers);
  for (std::size_t place = 0; place < labels.classes.size(); ++place) {
    const std::int32_t label = labels.classes[place];
    if (label < 0 || static_cast<std::size_t>(label) >= classes_) {
      fail(ErrorCode::kArgument, text("y: class ", label, " of sample ", place / labels_per_sample_,
                                      ", expected 0 to ", classes_ - 1));
    }
  }
}

void Trainable::forget() {
  outputs_ = Variable();
  learning_.tape.reset();  // a batch that failed may have left something too
  learning_.rows = {};
}

Variable Trainable::run(nn::Context& context, const nn::ParameterView& parameters,
                        const Tensor& x) const {
  const Index most = model_.most_samples();
  if (x.shape()[0] > most) {
    fail(ErrorCode::kArgument, text("x has ", x.shape()[0], " samples, expected at most ", most,
                                    ": the results of all their layers are kept"));
  }
  return model_.forward(context, parameters, Variable(x));
}

BatchReport Trainable::loss_and_gradient(const Tensor& x, const Labels& labels) {
  return loss_and_gradient(x, labels, {0, 0, drawn()});
}

BatchReport Trainable::loss_and_gradient(const Tensor& x, const Labels& labels,
                                         const Share& share) {
  check(x, labels);
  forget();
  learning_.rows = {share.first, share.total};
  if (share.drawn != drawn()) learning_.random.seek(share.drawn);
  BatchReport report;
  {
    const Variable outputs = run(learning_, model_.trainable(), x);
    const Variable loss = [&] {
      const Profiler::Scope scope(learning_.tape.profiler(), layers_);
      report.correct = model::count_correct(loss_, outputs.value(), labels, places_);
      return model::loss(learning_, loss_, outputs, labels);
    }();
    report.loss = static_cast<double>(loss.value().item());
    report.weight = weight(labels);
    double part = 1;
    if (share.weight > 0) {
      part = report.weight / share.weight;
    } else if (share.total > 0) {
      part = static_cast<double>(x.shape()[0]) / static_cast<double>(share.total);
    }
    learning_.tape.backward(loss, Tensor::full(loss.shape(), static_cast<real>(part)));
  }
  learning_.tape.reset();
  return report;
}

BatchReport Trainable::train_batch(const Tensor& x, const Labels& labels,
                                   std::span<const float> anchor) {
  const BatchReport report = loss_and_gradient(x, labels);
  step(anchor);
  return report;
}

std::vector<Profiler::Row> Trainable::profile(const Tensor& x, const Labels& labels, Index steps,
                                              Profiler::Clock clock) {
  check(x, labels);
  forget();
  std::vector<std::string> sections = model_.layer_names();
  sections.insert(sections.end(), {"loss", "optimizer"});
  Profiler profiler(clock, sections);
  // Taken away again also by an error.
  struct Attached {
    explicit Attached(autograd::Tape& of, Profiler* who) : tape(of) { tape.set_profiler(who); }
    ~Attached() { tape.set_profiler(nullptr); }
    autograd::Tape& tape;
  } attached(learning_.tape, &profiler);
  profiler.start();
  for (Index step = 0; step < steps; ++step) train_batch(x, labels);
  profiler.stop();
  return profiler.rows();
}

void Trainable::step(std::span<const float> anchor) {
  forget();
  if (proximal_ > 0 && !anchor.empty()) {
    const std::span<const real> weights = model_.trained();
    aggregate::add_proximal<real>(weights, anchor, proximal_, model_.gradients());
  }
  // Not looked at for numbers that are none: a loss that went wrong is to be seen, not hidden.
  const Profiler::Scope scope(learning_.tape.profiler(), layers_ + 1);
  descent_.step(model_.trained(), model_.gradients());
}

void Trainable::add_gradient(std::span<const real> gradient) {
  const std::span<real> to = model_.gradients();
  if (gradient.size() != to.size()) {
    fail(ErrorCode::kArgument, text("add_gradient: the gradient has ", gradient.size(),
                                    " numbers, expected ", to.size()));
  }
  kernels::add(gradient.data(), static_cast<Index>(to.size()), to.data());
}

Tensor Trainable::forward(const Tensor& x, bool training) {
  check(x);
  if (!training) return infer(x, false);
  forget();
  outputs_ = run(learning_, model_.trainable(), x);
  return outputs_.value();
}

void Trainable::backward(const Tensor& d_outputs) {
  if (!outputs_.value()) {
    fail(ErrorCode::kState,
         "backward: expected a forward pass while training just before it; another batch or "
         "changed weights end that");
  }
  if (d_outputs.shape() != outputs_.shape()) {
    fail(ErrorCode::kArgument,
         text("backward: the gradient of the outputs is ", d_outputs.shape().to_string(),
              ", expected ", outputs_.shape().to_string()));
  }
  check_finite("backward: the gradient of the outputs", d_outputs.span());
  learning_.tape.backward(outputs_, d_outputs);
  forget();
}

Tensor Trainable::infer(const Tensor& x, bool readable) {
  const nn::ParameterView parameters = model_.judged(judged_weights());
  const auto pass = [&](const Tensor& part) {
    judging_.tape.reset();
    const Variable outputs = model_.forward(judging_, parameters, Variable(part));
    return readable ? model::readable(judging_, loss_, outputs) : outputs.value();
  };
  const Index samples = x.shape()[0];
  if (samples <= batch_size_) return pass(x);
  const Index size = model_.input_shape().size();
  Tensor out(outputs_shape(samples));
  real* to = out.data();
  for (Index at = 0; at < samples; at += batch_size_) {
    const Index count = std::min(batch_size_, samples - at);
    const Tensor part = pass(x.part(at * size, with_batch(count, model_.input_shape())));
    to = std::ranges::copy(part.span(), to).out;
  }
  return out;
}

Tensor Trainable::predict(const Tensor& x) {
  check(x);
  return infer(x, true);
}

Tensor Trainable::judged_weights() const {
  Tensor weights = model_.trainable().weights;
  const std::span<const real> lag = descent_.lag();
  if (lag.empty()) return weights;
  weights = weights.clone();
  kernels::add(lag.data(), static_cast<Index>(lag.size()), weights.data());
  return weights;
}

BatchReport Trainable::judge(const Tensor& weights, const Tensor& x, const Labels& labels,
                             model::Metrics* metrics) {
  check(x, labels);
  judging_.tape.reset();
  const Variable outputs = run(judging_, model_.judged(weights), x);
  const Variable loss = model::loss(judging_, loss_, outputs, labels);
  if (metrics != nullptr) metrics->add(outputs.value(), labels);
  return {static_cast<double>(loss.value().item()),
          model::count_correct(loss_, outputs.value(), labels, places_),
          model::weight(loss_, labels)};
}

void Trainable::apply_gradient(std::span<const real> gradient) {
  if (gradient.size() != model_.gradients().size()) {
    fail(ErrorCode::kArgument, text("the gradient has ", gradient.size(), " numbers, expected ",
                                    model_.gradients().size(), ": one for each trained weight"));
  }
  check_finite("the gradient", gradient);
  forget();
  const std::span<real> own = model_.gradients();
  if (gradient.data() != own.data()) std::ranges::copy(gradient, own.begin());
  descent_.step(model_.trained(), own);
}

void Trainable::get_weights(std::span<float> out) const {
  const std::span<const real> weights = model_.weights();
  if (out.size() != weights.size() && out.size() != exchanged_count()) {
    fail(ErrorCode::kArgument, text("get_weights: the model has ", weights.size(),
                                    " weights, there is room for ", out.size()));
  }
  std::ranges::transform(weights.first(out.size()), out.begin(),
                         [](real w) { return static_cast<float>(w); });
}

void Trainable::set_weights(std::span<const float> weights) {
  const bool part = weights.size() == exchanged_count();
  const std::span<real> to = writable_weights(part ? model_.weights().size() : weights.size());
  std::ranges::transform(weights, to.begin(), [](float w) { return static_cast<real>(w); });
}

std::span<real> Trainable::new_weights(std::size_t count) {
  const std::span<real> weights = writable_weights(count);
  descent_.forget_average();
  return weights;
}

std::span<real> Trainable::writable_weights(std::size_t count) {
  const std::size_t expected = model_.weights().size();
  if (count != expected) {
    fail(ErrorCode::kArgument, text("set_weights: expected ", expected, " weights, found ", count));
  }
  forget();
  ++version_;
  return model_.weights();
}

Memory Trainable::memory() const {
  const tensor::MemoryUse& use = tensor::Pool::mine().use();
  return {model_.weights().size() * sizeof(real), use.peak_bytes, use.held_bytes, use.allocations};
}

}  // namespace deai::session
