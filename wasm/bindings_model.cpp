// A model trained on batches that JavaScript brings: core/session/trainable.h.
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "boundary.h"
#include "data/text.h"
#include "numbers.h"
#include "session/generation.h"
#include "session/trainable.h"
#include "task/task.h"
#include "tensor/pool.h"

namespace deai::wasm {
namespace {

using tensor::Tensor;

class ModelHandle {
 public:
  ModelHandle(const task::Task& task, std::uint64_t seed)
      : data_(task.data), trainable_(task, seed) {}

  std::uintptr_t place(std::uint32_t count) { return numbers_.place(count); }

  // Staged: the inputs, then the labels (i32 classes or f32 numbers).
  Loss train_batch(std::uint32_t inputs, std::uint32_t labels) {
    return call<Loss>([&](Loss& out, const Tensor& given) {
      out.loss = trainable_.train_batch(x_of(given, inputs), labels_of(given, inputs, labels)).loss;
    });
  }
  // So many steps on this batch.
  Profile profile(std::uint32_t inputs, std::uint32_t labels, std::uint32_t steps) {
    return call<Profile>([&](Profile& out, const Tensor& given) {
      out.rows = val::array();
      for (const auto& row :
           trainable_.profile(x_of(given, inputs), labels_of(given, inputs, labels),
                              static_cast<Index>(steps), &emscripten_get_now)) {
        val one = val::object();
        one.set("name", row.name);
        one.set("calls", static_cast<double>(row.calls));
        one.set("forwardMs", row.forward_ms);
        one.set("backwardMs", row.backward_ms);
        out.rows.call<void>("push", one);
      }
    });
  }
  // total 0: of the whole batch; else see session::Trainable::Share.
  Loss loss_and_gradient(std::uint32_t inputs, std::uint32_t labels, std::uint32_t first,
                         std::uint32_t total, double drawn, double weight) {
    return call<Loss>([&](Loss& out, const Tensor& given) {
      const Tensor x = x_of(given, inputs);
      const session::Trainable::Labels y = labels_of(given, inputs, labels);
      const session::BatchReport report =
          total == 0
              ? trainable_.loss_and_gradient(x, y)
              : trainable_.loss_and_gradient(x, y,
                                             {static_cast<Index>(first), static_cast<Index>(total),
                                              static_cast<std::uint64_t>(drawn), weight});
      tell(report, out);
      numbers_.show(trainable_.gradient(), out);
    });
  }
  // Keeps a batch that several work on, unless a training call would refuse it; size: its rows.
  Share begin_batch(std::uint32_t inputs, std::uint32_t labels) {
    return call<Share>([&](Share& out, const Tensor& given) {
      const Tensor x = x_of(given, inputs);
      const session::Trainable::Labels y = labels_of(given, inputs, labels);
      trainable_.check(x, y);
      batch_ = {given, inputs, labels, trainable_.weight(y)};
      out.size = static_cast<std::uint32_t>(x.shape()[0]);
      out.drawn = static_cast<double>(trainable_.drawn());
      out.weight = batch_.weight;
    });
  }
  // The first `rows` of its `total`; the gradient stays here.
  Loss own_share(std::uint32_t rows, std::uint32_t total) {
    return call<Loss>([&](Loss& out, const Tensor&) {
      const Batch batch = std::exchange(batch_, {});
      const auto x = batch.inputs / total * rows;
      const auto y = batch.labels / total * rows;
      const session::BatchReport report = trainable_.loss_and_gradient(
          x_of(batch.given, x), labels_of(batch.given, batch.inputs, y),
          {0, static_cast<Index>(total), trainable_.drawn(), batch.weight});
      tell(report, out);
    });
  }
  // Staged: what other rows of the batch gave.
  Status add_gradient(std::uint32_t count) {
    return call<Status>([&](Status&, const Tensor& given) {
      trainable_.add_gradient(Numbers::part(given, 0, count));
    });
  }
  // Where the gradient stands, and where one from outside is to be written.
  Place gradient() {
    return call<Place>(
        [&](Place& out, const Tensor&) { numbers_.show(trainable_.gradient(), out); });
  }
  // Against gradient().
  Status step() {
    return call<Status>([&](Status&, const Tensor&) { trainable_.step(); });
  }
  Place forward(std::uint32_t inputs, bool training) {
    return call<Place>([&](Place& out, const Tensor& given) {
      numbers_.show(trainable_.forward(x_of(given, inputs), training), out);
    });
  }
  Place predict(std::uint32_t inputs) {
    return call<Place>([&](Place& out, const Tensor& given) {
      numbers_.show(trainable_.predict(x_of(given, inputs)), out);
    });
  }
  // Staged: the gradient of forward()'s outputs.
  Place backward(std::uint32_t count) {
    return call<Place>([&](Place& out, const Tensor& given) {
      const auto width = static_cast<Index>(trainable_.output_width());
      const Index rows = static_cast<Index>(Numbers::part(given, 0, count).size()) / width;
      const bool fits = rows * width == static_cast<Index>(count);
      trainable_.backward(fits ? given.part(0, trainable_.outputs_shape(rows)) : given);
      numbers_.show(trainable_.gradient(), out);
    });
  }
  // Like step(), of a gradient from outside.
  Status apply_gradient() {
    return call<Status>(
        [&](Status&, const Tensor&) { trainable_.apply_gradient(trainable_.gradient()); });
  }

  Place weights() {
    return call<Place>([&](Place& out, const Tensor&) {
      numbers_.show(std::as_const(trainable_).model().weights(), out);
    });
  }
  // Where so many weights, which are all, are to be written now.
  Place set_weights(std::uint32_t count) {
    return call<Place>(
        [&](Place& out, const Tensor&) { numbers_.show(trainable_.new_weights(count), out); });
  }
  // Files, staged and handed out as bytes.
  Place export_model() {
    return guarded<Place>([&](Place& out) { hand_out(trainable_.export_model(), out); });
  }
  // The report; only: see model::ReadOptions, one a line.
  Text import_model(std::uint32_t size, bool strict, const std::string& only) {
    return guarded<Text>([&](Text& out) {
      out.value = text_of(trainable_.import_model(staged_bytes(0, size), {strict, lines_of(only)}));
    });
  }
  Place save_checkpoint() {
    return guarded<Place>([&](Place& out) { hand_out(trainable_.save({}, {}), out); });
  }
  Status load_checkpoint(std::uint32_t size) {
    return guarded<Status>([&](Status&) { trainable_.restore(staged_bytes(0, size)); });
  }
  // How often they were set.
  Number weights_version() {
    return call<Number>(
        [&](Number& out, const Tensor&) { out.value = static_cast<double>(trainable_.version()); });
  }
  Number step_multiplications() {
    return call<Number>(
        [&](Number& out, const Tensor&) { out.value = trainable_.model().step_multiplications(); });
  }
  // One line "name [shape] offset" per parameter.
  Text layout() {
    return call<Text>(
        [&](Text& out, const Tensor&) { out.value = trainable_.model().layout_text(); });
  }
  // See model::Model::structure_text.
  Text structure() {
    return guarded<Text>([&](Text& out) { out.value = trainable_.model().structure_text(); });
  }
  // Staged by the module: a text; what comes out are its tokens, u32 each (size is in bytes).
  Place tokens_of(std::uint32_t size) {
    return guarded<Place>([&](Place& out) {
      hand_out_tokens(data::tokens_of(data_, kPrompt, staged_bytes(0, size)), out);
    });
  }
  // Staged by the module: the prompt's tokens.
  Status begin_generation(std::uint32_t count, double temperature, std::uint32_t top_k,
                          double seed) {
    return guarded<Status>([&](Status&) {
      generation_.emplace(
          trainable_, staged_values<std::uint32_t>(0, count),
          session::GenerationSettings{temperature, top_k, static_cast<std::uint64_t>(seed)});
    });
  }
  Number generation_step() {
    return guarded<Number>([&](Number& out) {
      if (!generation_) fail(ErrorCode::kState, "generate: nothing was begun");
      out.value = generation_->next();
    });
  }
  Memory memory() {
    return call<Memory>([&](Memory& out, const Tensor&) {
      const session::Memory memory = trainable_.memory();
      out.parameter_bytes = static_cast<double>(memory.parameter_bytes);
      out.peak_bytes = static_cast<double>(memory.peak_bytes);
      out.held_bytes = static_cast<double>(memory.held_bytes);
      out.allocations = static_cast<double>(memory.allocations);
    });
  }

 private:
  template <typename Result, typename Body>
  Result call(Body&& body) {
    const Tensor given = numbers_.take();
    return guarded<Result>([&](Result& out) { body(out, given); });
  }

  Tensor x_of(const Tensor& given, std::uint32_t inputs) const {
    return given.part(0, trainable_.batch_shape(inputs));
  }
  session::Trainable::Labels labels_of(const Tensor& given, std::uint32_t inputs,
                                       std::uint32_t count) const {
    const std::span<const real> labels = Numbers::part(given, inputs, count);
    if (!trainable_.has_classes()) return {{}, labels};
    return {{reinterpret_cast<const std::int32_t*>(labels.data()), labels.size()}, {}};
  }

  struct Batch {
    Tensor given;
    std::uint32_t inputs = 0;
    std::uint32_t labels = 0;
    double weight = 0;  // of the labels in the loss
  };

  task::Data data_;
  session::Trainable trainable_;
  std::optional<session::Generation> generation_;
  Numbers numbers_;
  Batch batch_;  // until the own share of it is done
};

// The caller deletes the handle.
Created create_model(const std::string& task_json, double seed) {
  return guarded<Created>([&](Created& out) {
    auto handle =
        std::make_unique<ModelHandle>(task::parse(task_json), static_cast<std::uint64_t>(seed));
    out.handle = val(std::move(handle));
  });
}

// Gives memory that no tensor uses back, after a handle was deleted.
void trim() { tensor::Pool::mine().trim(); }

}  // namespace

EMSCRIPTEN_BINDINGS(deai_model) {
  using emscripten::class_;
  using emscripten::function;

  class_<ModelHandle>("Model")
      .function("place", &ModelHandle::place)
      .function("trainBatch", &ModelHandle::train_batch)
      .function("profile", &ModelHandle::profile)
      .function("lossAndGradient", &ModelHandle::loss_and_gradient)
      .function("beginBatch", &ModelHandle::begin_batch)
      .function("ownShare", &ModelHandle::own_share)
      .function("addGradient", &ModelHandle::add_gradient)
      .function("gradient", &ModelHandle::gradient)
      .function("step", &ModelHandle::step)
      .function("forward", &ModelHandle::forward)
      .function("predict", &ModelHandle::predict)
      .function("backward", &ModelHandle::backward)
      .function("applyGradient", &ModelHandle::apply_gradient)
      .function("weights", &ModelHandle::weights)
      .function("weightsVersion", &ModelHandle::weights_version)
      .function("stepMultiplications", &ModelHandle::step_multiplications)
      .function("setWeights", &ModelHandle::set_weights)
      .function("exportModel", &ModelHandle::export_model)
      .function("importModel", &ModelHandle::import_model)
      .function("saveCheckpoint", &ModelHandle::save_checkpoint)
      .function("loadCheckpoint", &ModelHandle::load_checkpoint)
      .function("layout", &ModelHandle::layout)
      .function("structure", &ModelHandle::structure)
      .function("tokensOf", &ModelHandle::tokens_of)
      .function("beginGeneration", &ModelHandle::begin_generation)
      .function("generationStep", &ModelHandle::generation_step)
      .function("memory", &ModelHandle::memory);

  function("createModel", &create_model);
  function("trim", &trim);
}

}  // namespace deai::wasm
