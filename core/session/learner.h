#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/real.h"
#include "codec/layout.h"
#include "model/metrics.h"
#include "model/safetensors.h"
#include "task/task.h"

namespace deai::session {

struct GenerationSettings;
class Trainable;
struct BatchReport;

// Which samples: those to learn from, or those held out to judge the model.
enum class Part { kTraining, kHeldOut };

struct StepReport {
  double loss = 0;            // mean over the micro-batch, before the step
  std::uint32_t count = 0;    // samples in it
  std::uint32_t labels = 0;   // that they have: one each, of a text one for each token
  std::uint32_t correct = 0;  // classified right (0 where the task has no classes)
  double epoch = 0;           // passes over the participant's own samples so far
};

struct EvaluationReport {
  double loss = 0;      // mean
  double accuracy = 0;  // share classified right; NaN where the task has no classes
  std::uint32_t count = 0;
  bool finished = false;  // false: call again, one micro-batch was done
  // Of all samples, once it is finished: the task's metrics (model/metrics.h).
  std::vector<model::Metrics::Value> metrics;
  std::vector<std::uint32_t> confusion;
};

// One participant's model, samples and optimizer: all that training needs, nothing of rounds.
class Learner {
 public:
  // seed governs shuffling and dropout only; initial weights come from task.model.seed.
  Learner(const task::Task& task, std::uint64_t seed);
  ~Learner();
  Learner(Learner&&) noexcept;
  Learner& operator=(Learner&&) noexcept;

  // Samples in. All or nothing: on an Error{kData} no sample was added. source is the name that
  // error texts begin with (a file's name).
  // cells: u32 rows (the header row included), u32 columns, then rows x columns cells, each u32
  // length and UTF-8 bytes, row by row. The first row holds the column names. Columns that the
  // task does not name are ignored. For prediction the label column may lack.
  std::uint32_t add_table(Part part, std::string_view source, ByteView cells);
  // pixels: count x H x W x C bytes at the task's size; labels: one class index each.
  std::uint32_t add_images(Part part, std::string_view source, ByteView pixels,
                           std::span<const std::uint32_t> labels);
  // Ready inputs, count x input size, as the model takes them; labels: class index or number.
  std::uint32_t add_dense(Part part, std::string_view source, std::span<const float> inputs,
                          std::span<const float> labels);
  // Texts, for tasks that learn from such; a text has as many samples as its tokens fill, and those
  // that are left at its end are not looked at. text: UTF-8, where characters are the tokens.
  std::uint32_t add_text(Part part, std::string_view source, ByteView text);
  std::uint32_t add_tokens(Part part, std::string_view source,
                           std::span<const std::uint32_t> tokens);
  std::uint32_t sample_count(Part part) const;
  void clear_samples(Part part);

  // One optimizer step on the next micro-batch. Throws Error{kState} without training samples.
  // anchor: see Trainable::step().
  StepReport step(std::span<const float> anchor = {});
  // The same step in shares, where others (a Trainable each, of equal weights) work on some of them.
  // begin_step() draws the batch and says how many samples it has; share() is what another needs of
  // it, valid until the next step; share_gradient() works on a share here. Then trainable() adds the
  // others' gradients, and finish_step() moves the weights. step_holds(): they were not set
  // meanwhile; otherwise the step is to be dropped.
  struct Share {
    std::span<const real> inputs;
    std::span<const std::int32_t> classes;  // or
    std::span<const real> numbers;
    std::uint64_t drawn = 0;  // dropout's numbers before the batch
    double weight = 0;        // of the batch's labels in the loss
  };
  std::uint32_t begin_step();
  Share share(std::uint32_t first, std::uint32_t count) const;
  BatchReport share_gradient(std::uint32_t first, std::uint32_t count);
  bool step_holds() const;
  StepReport finish_step(const BatchReport& batch, std::span<const float> anchor = {});
  Trainable& trainable();
  // Passes over the samples so far, those before a checkpoint counted.
  double epoch() const;

  // Judges the model on a part, one micro-batch per call, until finished. It is the model of the
  // beginning that is judged, whatever steps are made meanwhile. Throws Error{kState} without samples.
  void begin_evaluation(Part part);
  EvaluationReport evaluation_step();

  // Outputs of the model as people read them: probabilities per class, the probability of class
  // 1, or the number; row by row, rows x output width.
  std::size_t output_width() const;
  std::vector<float> predict_table(std::string_view source, ByteView cells);
  std::vector<float> predict_images(std::string_view source, ByteView pixels);
  std::vector<float> predict_dense(std::span<const float> inputs);

  // A text as the numbers of its characters, where these are the task's tokens.
  std::vector<std::uint32_t> tokens_of(std::string_view source, ByteView text) const;
  // Writes on where the prompt ends (session/generation.h); one at a time, a new one ends the other.
  void begin_generation(std::span<const std::uint32_t> prompt, const GenerationSettings& settings);
  // The next token. Throws Error{kState} where none has begun.
  std::uint32_t generation_step();

  // Parameters and buffers as one flat span in the order of the layout; what is frozen comes last
  // and may be left out.
  std::size_t weight_count() const;
  std::size_t exchanged_count() const;  // without what is frozen
  void get_weights(std::span<float> out) const;
  // Keeps the optimizer's state.
  void set_weights(std::span<const float> weights);
  // Names, shapes and offsets as canonical text: equal layouts have equal text.
  const std::string& layout_text() const;
  std::vector<std::uint32_t> tensor_sizes() const;
  // What is exchanged, tensor by tensor, in the order of the weights.
  codec::Layout exchanged_tensors() const;

  // safetensors; names the task and the round (commits in the room's history).
  Bytes export_model(std::uint64_t round = 0) const;
  // Throws Error{kFile} that says which tensor is wrong and what was expected; then nothing changed.
  // Not strict: of a model of another task what fits is taken, and the report says what that was.
  model::ReadReport import_model(ByteView file, const model::ReadOptions& options = {});
  // The file that the task names as the weights to begin with (task.model.weights), without which
  // step() throws. Everything that is frozen must be in it.
  model::ReadReport load_base(ByteView file);
  // The model and all that training goes on from: the same samples, added before or after, and the
  // same calls give equal bits. With another number of samples an epoch begins.
  Bytes save_checkpoint(std::uint64_t round = 0) const;
  // Throws Error{kFile}; then nothing changed.
  void load_checkpoint(ByteView file);
  // Throws Error{kFile} where a file would change what is frozen.
  void check_frozen(ByteView file) const;

  // Of tensors and samples; of samples alone.
  std::size_t memory_bytes() const;
  std::size_t sample_bytes() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace deai::session
