#include "session/participant.h"

#include <string_view>
#include <utility>

#include "base/error.h"
#include "session/nodes.h"
#include "session/recorder.h"
#include "session/trainable.h"

namespace deai::session {

struct Participant::Parts final : protocol::Trainee {
  Parts(ParticipantConfig from, std::span<const std::uint8_t, 32> entropy)
      : config(std::move(from)),
        learner(config.task, config.seed),
        recorder(config.record_bytes > 0 ? std::make_unique<Recorder>(config.record_bytes)
                                         : nullptr),
        nodes(config, entropy, learner, *this) {}

  void read(std::span<float> weights) const override {
    if (config.trainee != nullptr) {
      config.trainee->read(weights);
    } else {
      learner.get_weights(weights);
    }
    if (recorder) recorder->weights(weights);
  }
  void write(std::span<const float> weights) override { learner.set_weights(weights); }

  void check_wanted(std::string_view call) const;
  void check_idle() const;

  // An event is recorded before it happens, and what came of it after.
  void begin(Recorded kind, std::int64_t now_ms, std::initializer_list<std::uint64_t> numbers = {},
             ByteView bytes = {}) {
    if (recorder) recorder->event(kind, now_ms, numbers, bytes);
  }
  protocol::Outcome end(protocol::Outcome outcome) {
    if (recorder) recorder->outcome(outcome, nodes.active().head());
    return outcome;
  }

  ParticipantConfig config;
  Learner learner;
  std::unique_ptr<Recorder> recorder;
  Nodes nodes;
};

Participant::Participant(ParticipantConfig config, std::span<const std::uint8_t, 32> entropy)
    : parts_(std::make_unique<Parts>(std::move(config), entropy)) {}

Participant::~Participant() = default;

Learner& Participant::learner() { return parts_->learner; }
const protocol::PeerId& Participant::id() const { return parts_->nodes.active().id(); }

protocol::Outcome Participant::run(Target target, std::int64_t now_ms) {
  const auto one_more = [](const std::optional<std::uint64_t>& number) {
    return number ? *number + 1 : 0;
  };
  parts_->begin(Recorded::kRun, now_ms, {one_more(target.rounds), one_more(target.until_round)});
  return parts_->end(parts_->nodes.run({target.rounds, target.until_round}, now_ms));
}

protocol::Outcome Participant::stop(std::int64_t now_ms) {
  parts_->begin(Recorded::kStop, now_ms);
  return parts_->end(parts_->nodes.stop(now_ms));
}

protocol::Outcome Participant::set_mode(protocol::Mode mode, std::int64_t now_ms) {
  parts_->begin(Recorded::kSetMode, now_ms, {static_cast<std::uint64_t>(mode)});
  return parts_->end(parts_->nodes.set_mode(mode, now_ms));
}

protocol::Outcome Participant::link_up(protocol::LinkId link, protocol::LinkKind kind,
                                       std::int64_t now_ms) {
  parts_->begin(Recorded::kLinkUp, now_ms, {link, static_cast<std::uint64_t>(kind)});
  return parts_->end(parts_->nodes.link_up(link, kind, now_ms));
}

protocol::Outcome Participant::link_down(protocol::LinkId link, std::int64_t now_ms) {
  parts_->begin(Recorded::kLinkDown, now_ms, {link});
  return parts_->end(parts_->nodes.link_down(link, now_ms));
}

protocol::Outcome Participant::writable(protocol::LinkId link, std::uint32_t bytes,
                                        std::int64_t now_ms) {
  parts_->begin(Recorded::kWritable, now_ms, {link, bytes});
  return parts_->end(parts_->nodes.writable(link, bytes, now_ms));
}

protocol::Outcome Participant::received(protocol::LinkId link, ByteView frame,
                                        std::int64_t now_ms) {
  parts_->begin(Recorded::kReceived, now_ms, {link}, frame);
  return parts_->end(parts_->nodes.received(link, frame, now_ms));
}

protocol::Outcome Participant::time(std::int64_t now_ms) {
  parts_->begin(Recorded::kTime, now_ms);
  return parts_->end(parts_->nodes.time(now_ms));
}

void Participant::Parts::check_wanted(std::string_view call) const {
  if (nodes.active().training_wanted()) return;
  fail(ErrorCode::kState, text(call, ": no local step is wanted now (see training_wanted)"));
}

protocol::Outcome Participant::step_done(std::uint32_t samples, std::int64_t now_ms) {
  parts_->begin(Recorded::kStep, now_ms, {samples});
  return parts_->end(parts_->nodes.step_done(samples, now_ms));
}

protocol::Outcome Participant::imported(std::int64_t now_ms) {
  parts_->begin(Recorded::kImported, now_ms);
  return parts_->end(parts_->nodes.imported(now_ms));
}

Participant::Step Participant::train_step(std::int64_t now_ms) {
  parts_->check_wanted("train_step");
  const StepReport report = parts_->learner.step(parts_->nodes.active().model());
  return {report, step_done(report.count, now_ms)};
}

std::uint32_t Participant::begin_step() {
  parts_->check_wanted("begin_step");
  return parts_->learner.begin_step();
}

bool Participant::step_holds() const {
  return parts_->nodes.active().training_wanted() && parts_->learner.step_holds();
}

Participant::Step Participant::finish_step(const BatchReport& batch, std::int64_t now_ms) {
  parts_->check_wanted("finish_step");
  const StepReport report = parts_->learner.finish_step(batch, parts_->nodes.active().model());
  return {report, step_done(report.count, now_ms)};
}

std::uint64_t Participant::round() const { return parts_->nodes.active().head().round; }
protocol::Hash Participant::model_hash() const { return parts_->nodes.active().head().hash; }
protocol::Hash Participant::task_hash() const { return parts_->nodes.active().terms().task; }

void Participant::Parts::check_idle() const {
  if (!nodes.active().running()) return;
  fail(ErrorCode::kState, "a model can be loaded only while not running");
}

protocol::Outcome Participant::import_model(ByteView file, std::int64_t now_ms,
                                            const model::ReadOptions& options,
                                            model::ReadReport* report) {
  parts_->check_idle();
  parts_->learner.check_frozen(file);
  model::ReadReport read = parts_->learner.import_model(file, options);
  if (report != nullptr) *report = std::move(read);
  return imported(now_ms);
}

protocol::Outcome Participant::load_base(ByteView file, std::int64_t now_ms) {
  parts_->check_idle();
  parts_->learner.load_base(file);
  return imported(now_ms);
}

protocol::Outcome Participant::load_checkpoint(ByteView file, std::int64_t now_ms) {
  parts_->check_idle();
  parts_->learner.check_frozen(file);
  parts_->learner.load_checkpoint(file);
  return imported(now_ms);
}

Bytes Participant::save() const {
  ByteWriter out;
  out.sized(parts_->nodes.active().save());
  out.bytes(parts_->learner.save_checkpoint(round()));
  return out.take();
}

protocol::Outcome Participant::restore(ByteView saved, std::int64_t now_ms) {
  parts_->check_idle();
  ByteReader in(saved);
  const ByteView place = in.sized(saved.size());
  const ByteView checkpoint = in.bytes(in.left());
  // Where it is cut off, this is no file of tensors.
  parts_->learner.check_frozen(checkpoint);
  parts_->learner.load_checkpoint(checkpoint);
  return restore_place(place, now_ms);
}

protocol::Outcome Participant::restore_place(ByteView place, std::int64_t now_ms) {
  parts_->begin(Recorded::kRestored, now_ms, {}, place);
  if (!parts_->nodes.active().restore(place)) return parts_->end(parts_->nodes.imported(now_ms));
  return parts_->end(parts_->nodes.time(now_ms));
}

const protocol::Head& Participant::head() const { return parts_->nodes.active().head(); }

void Participant::replay_as(const protocol::PeerId& id, const protocol::Hash& link_secret) {
  parts_->nodes.replay_as(id, link_secret);
}

Bytes Participant::recording() const {
  if (!parts_->recorder) return {};
  const ParticipantConfig& config = parts_->config;
  const Recorder& recorder = *parts_->recorder;
  ByteWriter out;
  out.u32(Recorder::kMagic);
  out.u8(Recorder::kVersion);
  out.u8(recorder.complete() ? 1 : 0);
  out.sized(task::canonical_text(config.task));
  out.sized(config.room);
  out.u64(config.seed);
  out.u8(static_cast<std::uint8_t>(config.mode));
  out.u32(config.min_participants);
  out.bytes(parts_->nodes.active().id());
  out.bytes(parts_->nodes.active().link_secret());
  out.u64(recorder.events());
  out.bytes(recorder.digest());
  out.bytes(recorder.records());
  return out.take();
}

Participant::Traffic Participant::traffic() const { return parts_->nodes.traffic(); }

}  // namespace deai::session
