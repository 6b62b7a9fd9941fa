// A participant: core/session/participant.h.
#include <emscripten/bind.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "boundary.h"
#include "numbers.h"
#include "session/generation.h"
#include "session/learner.h"
#include "session/participant.h"
#include "session/trainable.h"
#include "task/task.h"

namespace deai::wasm {
namespace {

protocol::Mode mode_of(const std::string& name) {
  if (name == "local") return protocol::Mode::kLocal;
  if (name == "decentralized") return protocol::Mode::kDecentralized;
  if (name == "federated") return protocol::Mode::kFederated;
  fail(ErrorCode::kArgument,
       text("mode is \"", name, "\", expected local, decentralized or federated"));
}

session::Part part_of(const std::string& name) {
  if (name == "training") return session::Part::kTraining;
  if (name == "heldOut") return session::Part::kHeldOut;
  fail(ErrorCode::kArgument, text("part is \"", name, "\", expected training or heldOut"));
}

// A negative number stands for "none".
std::optional<std::uint64_t> optional_count(double value) {
  if (value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

class ParticipantHandle {
 public:
  ParticipantHandle(session::ParticipantConfig config, std::span<const std::uint8_t, 32> entropy)
      : participant_(std::move(config), entropy) {}

  // Events of the protocol.
  Outcome run(double rounds, double until_round, double now) {
    return event([&] {
      return participant_.run({optional_count(rounds), optional_count(until_round)}, ms(now));
    });
  }
  Outcome stop(double now) {
    return event([&] { return participant_.stop(ms(now)); });
  }
  Outcome set_mode(const std::string& mode, double now) {
    return event([&] { return participant_.set_mode(mode_of(mode), ms(now)); });
  }
  Outcome link_up(std::uint32_t link, bool coordinator, double now) {
    return event([&] {
      return participant_.link_up(
          link, coordinator ? protocol::LinkKind::kCoordinator : protocol::LinkKind::kPeer,
          ms(now));
    });
  }
  Outcome link_down(std::uint32_t link, double now) {
    return event([&] { return participant_.link_down(link, ms(now)); });
  }
  Outcome writable(std::uint32_t link, std::uint32_t bytes, double now) {
    return event([&] { return participant_.writable(link, bytes, ms(now)); });
  }
  Outcome received(std::uint32_t link, std::uint32_t size, double now) {
    return event([&] { return participant_.received(link, staged_bytes(0, size), ms(now)); });
  }
  Outcome time(double now) {
    return event([&] { return participant_.time(ms(now)); });
  }
  // only: see model::ReadOptions, one a line.
  // When all went well the text is the report.
  Outcome import_model(std::uint32_t size, bool strict, const std::string& only, double now) {
    return guarded<Outcome>([&](Outcome& out) {
      model::ReadReport report;
      to_js(participant_.import_model(staged_bytes(0, size), ms(now), {strict, lines_of(only)},
                                      &report),
            out);
      out.text = text_of(report);
    });
  }

  Step train_step(double now) {
    return step([&] { return participant_.train_step(ms(now)); });
  }

  // The same step in shares; see session::Participant.
  Number begin_step() {
    return guarded<Number>([&](Number& out) { out.value = participant_.begin_step(); });
  }
  Share share(std::uint32_t first, std::uint32_t count) {
    return guarded<Share>([&](Share& out) {
      const session::Learner::Share share = learner().share(first, count);
      Numbers::show(share.inputs, out);
      out.are_classes = !share.classes.empty();
      out.labels_at = out.are_classes ? reinterpret_cast<std::uintptr_t>(share.classes.data())
                                      : reinterpret_cast<std::uintptr_t>(share.numbers.data());
      out.labels_size =
          static_cast<std::uint32_t>(out.are_classes ? share.classes.size() : share.numbers.size());
      out.drawn = static_cast<double>(share.drawn);
      out.weight = share.weight;
    });
  }
  Loss own_share(std::uint32_t rows) {
    return guarded<Loss>([&](Loss& out) { tell(learner().share_gradient(0, rows), out); });
  }
  // 1: the step still counts; 0: it is to be dropped.
  Number step_holds() {
    return guarded<Number>([&](Number& out) { out.value = participant_.step_holds() ? 1 : 0; });
  }
  std::uintptr_t place(std::uint32_t count) { return numbers_.place(count); }
  // Staged at place(): what other rows of the batch gave.
  Status add_gradient(std::uint32_t count) {
    return guarded<Status>([&](Status&) {
      const tensor::Tensor given = numbers_.take();
      learner().trainable().add_gradient(Numbers::part(given, 0, count));
    });
  }
  Step finish_step(double loss, std::uint32_t correct, double now) {
    return step([&] { return participant_.finish_step({loss, correct}, ms(now)); });
  }
  Place weights() {
    return guarded<Place>([&](Place& out) {
      Numbers::show(std::as_const(learner().trainable()).model().weights(), out);
    });
  }
  // How often they were set.
  Number weights_version() {
    return guarded<Number>(
        [&](Number& out) { out.value = static_cast<double>(learner().trainable().version()); });
  }

  // Samples.
  Number add_table(const std::string& part, const std::string& source, std::uint32_t size) {
    return guarded<Number>([&](Number& out) {
      out.value = learner().add_table(part_of(part), source, staged_bytes(0, size));
    });
  }
  // Staged: the labels (u32 each), then the pixels.
  Number add_images(const std::string& part, const std::string& source, std::uint32_t label_count,
                    std::uint32_t pixel_bytes) {
    return guarded<Number>([&](Number& out) {
      const auto labels = staged_values<std::uint32_t>(0, label_count);
      const ByteView pixels = staged_bytes(label_count * 4, pixel_bytes);
      out.value = learner().add_images(part_of(part), source, pixels, labels);
    });
  }
  // Staged: the labels, then the inputs (f32 each).
  Number add_dense(const std::string& part, const std::string& source, std::uint32_t label_count,
                   std::uint32_t input_count) {
    return guarded<Number>([&](Number& out) {
      const auto labels = staged_values<float>(0, label_count);
      const auto inputs = staged_values<float>(label_count * 4, input_count);
      out.value = learner().add_dense(part_of(part), source, inputs, labels);
    });
  }
  Number add_text(const std::string& part, const std::string& source, std::uint32_t size) {
    return guarded<Number>([&](Number& out) {
      out.value = learner().add_text(part_of(part), source, staged_bytes(0, size));
    });
  }
  // Staged: the tokens, u32 each.
  Number add_tokens(const std::string& part, const std::string& source, std::uint32_t count) {
    return guarded<Number>([&](Number& out) {
      const auto tokens = staged_values<std::uint32_t>(0, count);
      out.value = learner().add_tokens(part_of(part), source, tokens);
    });
  }
  Status clear_samples(const std::string& part) {
    return guarded<Status>([&](Status&) { learner().clear_samples(part_of(part)); });
  }

  // Writing on. Staged: a text; what comes out are its tokens, u32 each.
  Place tokens_of(std::uint32_t size) {
    return guarded<Place>([&](Place& out) {
      hand_out_tokens(learner().tokens_of(kPrompt, staged_bytes(0, size)), out);
    });
  }
  // Staged: the prompt's tokens.
  Status begin_generation(std::uint32_t count, double temperature, std::uint32_t top_k,
                          double seed) {
    return guarded<Status>([&](Status&) {
      learner().begin_generation(staged_values<std::uint32_t>(0, count),
                                 {temperature, top_k, static_cast<std::uint64_t>(seed)});
    });
  }
  Number generation_step() {
    return guarded<Number>([&](Number& out) { out.value = learner().generation_step(); });
  }

  // Judging and using the model.
  Status begin_evaluation(const std::string& part) {
    return guarded<Status>([&](Status&) { learner().begin_evaluation(part_of(part)); });
  }
  Evaluation evaluation_step() {
    return guarded<Evaluation>([&](Evaluation& out) {
      const session::EvaluationReport report = learner().evaluation_step();
      out.loss = report.loss;
      out.accuracy = report.accuracy;
      out.count = report.count;
      out.finished = report.finished;
      if (!report.finished) return;
      out.metrics = val::object();
      for (const auto& [name, value] : report.metrics) out.metrics.set(std::string(name), value);
      if (!report.confusion.empty()) out.confusion = val::array(report.confusion);
    });
  }
  Place predict_table(const std::string& source, std::uint32_t size) {
    return floats([&] { return learner().predict_table(source, staged_bytes(0, size)); });
  }
  Place predict_images(const std::string& source, std::uint32_t size) {
    return floats([&] { return learner().predict_images(source, staged_bytes(0, size)); });
  }
  Place predict_dense(std::uint32_t count) {
    return floats([&] { return learner().predict_dense(staged_values<float>(0, count)); });
  }
  Place export_model() {
    return guarded<Place>(
        [&](Place& out) { hand_out(learner().export_model(participant_.round()), out); });
  }

  // What a reload goes on from: u32 length, the place in the room's history, a checkpoint. Or what was
  // recorded.
  Place save(std::uint32_t recording) {
    return guarded<Place>([&](Place& out) {
      hand_out(recording != 0 ? participant_.recording() : participant_.save(), out);
    });
  }
  // What save() gave; with a place of no length it is the checkpoint alone. `base`: the task's weights to begin with instead.
  Outcome restore(std::uint32_t size, bool base, double now) {
    return event([&] {
      const ByteView bytes = staged_bytes(0, size);
      return base ? participant_.load_base(bytes, ms(now)) : participant_.restore(bytes, ms(now));
    });
  }

  // Facts.
  Text peer() {
    return guarded<Text>([&](Text& out) { out.value = hex(participant_.id()); });
  }
  Text model_hash() {
    return guarded<Text>([&](Text& out) { out.value = hex(participant_.model_hash()); });
  }
  Text task_hash() {
    return guarded<Text>([&](Text& out) { out.value = hex(participant_.task_hash()); });
  }
  // See model::Model::structure_text.
  Text structure() {
    return guarded<Text>(
        [&](Text& out) { out.value = learner().trainable().model().structure_text(); });
  }
  Memory memory() {
    return guarded<Memory>([&](Memory& out) {
      const session::Memory memory = learner().trainable().memory();
      out.parameter_bytes = static_cast<double>(memory.parameter_bytes);
      out.peak_bytes = static_cast<double>(memory.peak_bytes);
      out.held_bytes = static_cast<double>(memory.held_bytes);
      out.allocations = static_cast<double>(memory.allocations);
      out.sample_bytes = static_cast<double>(learner().sample_bytes());
    });
  }
  Facts facts() {
    return guarded<Facts>([&](Facts& out) {
      const session::Participant::Traffic traffic = participant_.traffic();
      out.round = static_cast<double>(participant_.round());
      out.sent_bytes = static_cast<double>(traffic.sent_bytes);
      out.received_bytes = static_cast<double>(traffic.received_bytes);
      out.payload_bytes = static_cast<double>(traffic.payload_bytes);
      out.full_bytes = static_cast<double>(traffic.full_bytes);
      out.consensus_distance = traffic.distance;
      out.memory_bytes = static_cast<double>(learner().memory_bytes());
      out.training_samples = learner().sample_count(session::Part::kTraining);
      out.held_out_samples = learner().sample_count(session::Part::kHeldOut);
      out.output_width = static_cast<std::uint32_t>(learner().output_width());
      out.weight_count = static_cast<std::uint32_t>(learner().weight_count());
      const session::Trainable& trainable = learner().trainable();
      out.trained_count = static_cast<std::uint32_t>(trainable.model().layout().trained_size());
      out.step_multiplications = trainable.model().step_multiplications();
    });
  }

 private:
  session::Learner& learner() { return participant_.learner(); }

  template <typename Body>
  Outcome event(Body&& body) {
    return guarded<Outcome>([&](Outcome& out) { to_js(body(), out); });
  }

  template <typename Body>
  Step step(Body&& body) {
    return guarded<Step>([&](Step& out) {
      const session::Participant::Step step = body();
      out.loss = step.report.loss;
      out.count = step.report.count;
      out.correct = step.report.correct;
      out.epoch = step.report.epoch;
      to_js(step.outcome, out);
    });
  }

  template <typename Body>
  Place floats(Body&& body) {
    return guarded<Place>([&](Place& out) {
      ByteWriter bytes;
      bytes.f32s(body());
      hand_out(bytes.take(), out);
    });
  }

  session::Participant participant_;
  Numbers numbers_;
};

// Staged: 32 bytes of entropy. The caller deletes the handle.
Created create_participant(const std::string& task_json, const std::string& room, double seed,
                           const std::string& mode, std::uint32_t min_participants,
                           double record_bytes) {
  return guarded<Created>([&](Created& out) {
    session::ParticipantConfig config;
    config.task = task::parse(task_json);
    config.room = room;
    config.seed = static_cast<std::uint64_t>(seed);
    config.mode = mode_of(mode);
    config.min_participants = min_participants;
    config.record_bytes = static_cast<std::uint64_t>(record_bytes);
    auto handle = std::make_unique<ParticipantHandle>(std::move(config), staged_entropy());
    out.handle = val(std::move(handle));
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(deai_participant) {
  using emscripten::class_;
  using emscripten::function;

  class_<ParticipantHandle>("Participant")
      .function("run", &ParticipantHandle::run)
      .function("stop", &ParticipantHandle::stop)
      .function("setMode", &ParticipantHandle::set_mode)
      .function("linkUp", &ParticipantHandle::link_up)
      .function("linkDown", &ParticipantHandle::link_down)
      .function("writable", &ParticipantHandle::writable)
      .function("received", &ParticipantHandle::received)
      .function("time", &ParticipantHandle::time)
      .function("importModel", &ParticipantHandle::import_model)
      .function("trainStep", &ParticipantHandle::train_step)
      .function("beginStep", &ParticipantHandle::begin_step)
      .function("share", &ParticipantHandle::share)
      .function("ownShare", &ParticipantHandle::own_share)
      .function("stepHolds", &ParticipantHandle::step_holds)
      .function("place", &ParticipantHandle::place)
      .function("addGradient", &ParticipantHandle::add_gradient)
      .function("finishStep", &ParticipantHandle::finish_step)
      .function("weights", &ParticipantHandle::weights)
      .function("weightsVersion", &ParticipantHandle::weights_version)
      .function("addTable", &ParticipantHandle::add_table)
      .function("addImages", &ParticipantHandle::add_images)
      .function("addDense", &ParticipantHandle::add_dense)
      .function("addText", &ParticipantHandle::add_text)
      .function("addTokens", &ParticipantHandle::add_tokens)
      .function("tokensOf", &ParticipantHandle::tokens_of)
      .function("beginGeneration", &ParticipantHandle::begin_generation)
      .function("generationStep", &ParticipantHandle::generation_step)
      .function("clearSamples", &ParticipantHandle::clear_samples)
      .function("beginEvaluation", &ParticipantHandle::begin_evaluation)
      .function("evaluationStep", &ParticipantHandle::evaluation_step)
      .function("predictTable", &ParticipantHandle::predict_table)
      .function("predictImages", &ParticipantHandle::predict_images)
      .function("predictDense", &ParticipantHandle::predict_dense)
      .function("exportModel", &ParticipantHandle::export_model)
      .function("save", &ParticipantHandle::save)
      .function("restore", &ParticipantHandle::restore)
      .function("peer", &ParticipantHandle::peer)
      .function("modelHash", &ParticipantHandle::model_hash)
      .function("taskHash", &ParticipantHandle::task_hash)
      .function("structure", &ParticipantHandle::structure)
      .function("memory", &ParticipantHandle::memory)
      .function("facts", &ParticipantHandle::facts);

  function("createParticipant", &create_participant);
}

}  // namespace deai::wasm
