#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "session/trainable.h"

// A trainable's model and training as files.
namespace deai::session {
namespace {

constexpr std::string_view kTaskField = "task";
constexpr std::string_view kFormatField = "format";
// A checkpoint's tensors beside the model's.
constexpr std::string_view kMoments = "training_state.moments";  // all of optim::Descent, F32
constexpr std::string_view kProgress = "training_state.progress";
constexpr std::uint32_t kVersion = 1;  // of the latter's bytes

std::string name_of(std::string_view name) { return std::string(name); }

model::Metadata with_task(const std::string& task_id, const model::Metadata& notes) {
  model::Metadata metadata;
  metadata.emplace_back(kTaskField, task_id);
  for (const auto& note : notes) metadata.push_back(note);
  return metadata;
}

[[noreturn]] void refuse_checkpoint(std::string_view reason) {
  fail(ErrorCode::kFile, text("checkpoint: ", reason));
}

}  // namespace

Bytes Trainable::export_model(const model::Metadata& notes) const {
  return model::write_safetensors(model_.parameters(), judged_weights().span(),
                                  with_task(task_id_, notes));
}

model::ReadReport Trainable::import_model(ByteView file, const model::ReadOptions& options) {
  const model::TensorFile tensors(file);
  // Files of other programs name no task: there the tensors' names and shapes must do.
  const std::string_view task = tensors.field(kTaskField);
  if (options.strict && !task.empty() && task != task_id_) {
    fail(ErrorCode::kFile, text("model file: is of the task \"", task.substr(0, 64),
                                "\", expected \"", task_id_, '"'));
  }
  if (!task.empty() && tensors.field(kFormatField).empty()) {
    fail(ErrorCode::kFile,
         "model file: was written by an older version, in another order of numbers");
  }
  const std::span<const real> before = std::as_const(model_).weights();
  std::vector<real> weights(before.begin(), before.end());
  model::ReadReport report = tensors.read(model_.parameters(), weights, options);
  std::ranges::copy(weights, new_weights(weights.size()).begin());
  return report;
}

Bytes Trainable::save(const model::Metadata& notes, ByteView more) {
  ByteWriter moments;
  for (const std::span<real> state : descent_.states()) {
    for (const real value : state) moments.f32(static_cast<float>(value));
  }
  ByteWriter progress;
  progress.u32(kVersion);
  progress.bytes(task_hash_);
  progress.u64(seed_);
  progress.u64(drawn());
  for (const std::span<double> numbers : descent_.progress()) {
    progress.u32(static_cast<std::uint32_t>(numbers.size()));
    for (const double number : numbers) progress.f64(number);
  }
  progress.sized(more);
  const std::array<model::FileTensor, 2> state{{
      {name_of(kMoments), "F32", {moments.size() / sizeof(float)}, moments.take()},
      {name_of(kProgress), "U8", {progress.size()}, progress.take()},
  }};
  return model::write_safetensors(model_.parameters(), model_.weights(), with_task(task_id_, notes),
                                  state);
}

Bytes Trainable::restore(ByteView file) {
  const model::TensorFile tensors(file);
  if (!tensors.has(kProgress)) {
    refuse_checkpoint("is a model without the state of a training; load it as a model");
  }
  ByteReader progress(tensors.tensor(kProgress, "U8"));
  if (progress.u32() != kVersion) refuse_checkpoint("was written by another version");
  std::array<std::uint8_t, 32> task_hash;
  progress.fill(task_hash);
  if (task_hash != task_hash_) {
    refuse_checkpoint("is of another task, or of this one with other settings");
  }
  const std::uint64_t seed = progress.u64();
  const std::uint64_t drawn = progress.u64();
  std::vector<double> numbers;
  for (const std::span<double> to : descent_.progress()) {
    if (progress.u32() != to.size()) progress.refuse();
    for (std::size_t at = 0; at < to.size(); ++at) numbers.push_back(progress.f64());
  }
  const ByteView more = progress.sized(progress.left());
  ByteReader in(tensors.tensor(kMoments, "F32"));
  std::size_t moments = 0;
  for (const std::span<real> state : descent_.states()) moments += state.size();
  if (!progress.done() || in.left() != moments * sizeof(float)) {
    refuse_checkpoint("its training_state does not fit the task's optimizer");
  }
  std::vector<real> weights(model_.weights().size());
  tensors.read(model_.parameters(), weights);

  std::ranges::copy(weights, new_weights(weights.size()).begin());
  for (const std::span<real> state : descent_.states()) {
    for (real& value : state) value = static_cast<real>(in.f32());
  }
  auto number = numbers.begin();
  for (const std::span<double> to : descent_.progress()) {
    for (double& value : to) value = *number++;
  }
  seed_ = seed;
  learning_.random = dropout_numbers(seed);
  learning_.random.seek(drawn);
  return {more.begin(), more.end()};
}

}  // namespace deai::session
