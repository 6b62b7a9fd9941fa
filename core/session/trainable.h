#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "autograd/context.h"
#include "base/bytes.h"
#include "model/metrics.h"
#include "model/model.h"
#include "model/outputs.h"
#include "model/safetensors.h"
#include "optim/descent.h"
#include "task/task.h"

namespace deai::session {

// What a batch came to, measured before the weights moved.
struct BatchReport {
  double loss = 0;            // mean over the batch
  std::uint32_t correct = 0;  // classified right (0 where the task has no classes)
  double weight = 0;  // of this loss beside other batches': labels, by their classes' weights
};

struct Memory {
  std::size_t parameter_bytes = 0;  // the weights alone
  // Of all tensors of this thread:
  std::size_t peak_bytes = 0;   // the most that was in use since the newest Trainable was made
  std::size_t held_bytes = 0;   // taken from the system, in use or waiting to be used again
  std::size_t allocations = 0;  // how often the system was asked, ever
};

// One task's model with its optimizer, trained on batches that the caller brings: nothing of
// samples and rounds. x is [N, input...] of any N ≥ 1, labels are the task's classes or numbers.
// All of it is checked (Error{kArgument} says what was expected and what was found), and after an
// error weights and optimizer are as before.
class Trainable {
 public:
  using Tensor = tensor::Tensor;
  using Labels = model::Labels;

  // seed governs dropout only; initial weights come from task.model.seed.
  Trainable(const task::Task& task, std::uint64_t seed);

  // The shape of x for that many numbers. Throws where they are no whole number of samples.
  Shape batch_shape(std::size_t numbers) const;
  // Of the outputs for so many samples.
  Shape outputs_shape(Index samples) const;
  // How many numbers these are for one.
  std::size_t output_width() const {
    return static_cast<std::size_t>(model_.output_shape().size());
  }
  bool has_classes() const { return classes_ > 0; }
  // 1; of a text one for each token.
  std::size_t labels_per_sample() const { return labels_per_sample_; }

  // One step of the optimizer.
  BatchReport train_batch(const Tensor& x, const Labels& labels,
                          std::span<const float> anchor = {});
  // Where the time of so many steps on this batch goes: a row per layer ("0 conv2d"), then "loss",
  // "optimizer", and "other" for what is none of these. Trains like train_batch.
  std::vector<autograd::Profiler::Row> profile(const Tensor& x, const Labels& labels, Index steps,
                                               autograd::Profiler::Clock clock);
  // The gradient of the loss is then in gradient(); nothing else changed but what training keeps
  // beside (a batch norm's running statistics).
  BatchReport loss_and_gradient(const Tensor& x, const Labels& labels);

  // --- a batch that several Trainables of equal weights share ---
  // x and the labels are then the rows from `first` on of a batch of `total`; drawn: the leader's
  // drawn() before the batch. Dropout is the one that the whole batch would have had, and the
  // gradient is what these rows add to that of the batch's mean loss.
  struct Share {
    Index first = 0;
    Index total = 0;
    std::uint64_t drawn = 0;
    double weight = 0;  // weight() of the batch's labels; 0: as many as it has rows
  };
  BatchReport loss_and_gradient(const Tensor& x, const Labels& labels, const Share& share);
  // Of these labels' mean loss beside other labels': how many they are, by their classes' weights.
  double weight(const Labels& labels) const { return model::weight(loss_, labels); }
  // How many random numbers dropout has drawn.
  std::uint64_t drawn() const { return learning_.random.position(); }
  // Adds what other rows of the batch gave to gradient().
  void add_gradient(std::span<const real> gradient);
  // Throws what a training call would throw of this batch.
  void check(const Tensor& x, const Labels& labels) const;

  // Outputs [N, output...] as the loss takes them, before softmax or sigmoid. While training, dropout
  // acts, and backward() may follow once, given the gradient of these outputs; the model's gradient
  // is then in gradient(). A changed model or another batch trained on in between forgets them.
  Tensor forward(const Tensor& x, bool training);
  void backward(const Tensor& d_outputs);
  // Outputs as people read them: probabilities per class, the probability of class 1, the number.
  Tensor predict(const Tensor& x);
  // The loss under other weights (a copy of weights()), with everything as outside training.
  // With metrics, the outputs are added there.
  BatchReport judge(const Tensor& weights, const Tensor& x, const Labels& labels,
                    model::Metrics* metrics = nullptr);
  // What judge(), predict(), forward() outside training and export_model() take: where the task
  // says so, a copy with the average of the weights, else the weights themselves (not copied).
  Tensor judged_weights() const;

  // Moves the weights against a gradient from outside (which may stand in gradient()), or,
  // unchecked, against gradient().
  void apply_gradient(std::span<const real> gradient);
  // anchor: the weights at the round's beginning, to which exchange.proximal pulls; none: no pull.
  void step(std::span<const float> anchor = {});
  std::span<real> gradient() { return model_.gradients(); }

  const model::Model& model() const { return model_; }
  // All weights, or those without what is frozen: as many as there is room for.
  void get_weights(std::span<float> out) const;
  std::size_t exchanged_count() const {
    return static_cast<std::size_t>(model_.layout().exchanged_size());
  }
  // Keeps the optimizer's state, and how far the average of the weights is from them.
  void set_weights(std::span<const float> weights);
  // A safetensors file whose metadata name the task, and what else is noted.
  Bytes export_model(const model::Metadata& notes = {}) const;
  // Keeps the optimizer's state. Strict: a file that names another task is refused, too. Throws
  // Error{kFile}; then nothing changed.
  model::ReadReport import_model(ByteView file, const model::ReadOptions& options = {});
  // A model file that holds also what training has beside the weights, and `more`: what follows has
  // equal bits wherever it goes on (in float). restore() throws Error{kFile} where the file is of
  // another task, which includes the optimizer's settings; then nothing changed. It returns `more`.
  Bytes save(const model::Metadata& notes, ByteView more);
  Bytes restore(ByteView file);
  // The weights themselves, so many as there are, for the caller to write now. Their average begins
  // again there.
  std::span<real> new_weights(std::size_t count);
  // How often they were set.
  std::uint64_t version() const { return version_; }

  Memory memory() const;

 private:
  void check(const Tensor& x) const;
  autograd::Variable run(nn::Context& context, const nn::ParameterView& parameters,
                         const Tensor& x) const;
  // Outputs outside training, a batch of the task's size at a time.
  Tensor infer(const Tensor& x, bool readable);
  void forget();
  std::span<real> writable_weights(std::size_t count);
  static Random dropout_numbers(std::uint64_t seed);

  std::string task_id_;
  std::array<std::uint8_t, 32> task_hash_;
  std::uint64_t seed_;
  task::LossSpec loss_;
  std::size_t classes_;
  std::size_t labels_per_sample_;
  Index batch_size_;
  double proximal_;
  model::Model model_;
  Index layers_;  // how many; as sections of a profile the loss and the optimizer follow them
  optim::Descent descent_;
  nn::Context learning_;
  autograd::Variable outputs_;  // of the last forward() while training, until backward()
  // Apart from learning: it draws none of dropout's random numbers.
  nn::Context judging_;
  std::vector<std::int32_t> places_;  // of each row's largest output
  std::uint64_t version_ = 0;
};

}  // namespace deai::session
