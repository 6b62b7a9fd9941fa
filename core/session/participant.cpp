#include "session/participant.h"

#include <string_view>
#include <utility>

#include "base/error.h"
#include "protocol/member.h"
#include "session/terms.h"
#include "session/trainable.h"

namespace deai::session {

struct Participant::Parts final : protocol::Trainee {
  Parts(const ParticipantConfig& config, std::span<const std::uint8_t, 32> entropy)
      : learner(config.task, config.seed),
        member(make_terms(config.task, learner, config.room, config.min_participants, config.mode),
               entropy, *this) {}

  void read(std::span<float> weights) const override { learner.get_weights(weights); }
  void write(std::span<const float> weights) override { learner.set_weights(weights); }

  void check_wanted(std::string_view call) const;
  void check_idle() const;
  Step done(const StepReport& report, std::int64_t now_ms);

  Learner learner;
  protocol::Member member;
};

Participant::Participant(ParticipantConfig config, std::span<const std::uint8_t, 32> entropy)
    : parts_(std::make_unique<Parts>(config, entropy)) {}

Participant::~Participant() = default;

Learner& Participant::learner() { return parts_->learner; }
const protocol::PeerId& Participant::id() const { return parts_->member.id(); }

protocol::Outcome Participant::run(Target target, std::int64_t now_ms) {
  return parts_->member.run({target.rounds, target.until_round}, now_ms);
}

protocol::Outcome Participant::stop(std::int64_t now_ms) { return parts_->member.stop(now_ms); }

protocol::Outcome Participant::set_mode(protocol::Mode mode, std::int64_t now_ms) {
  return parts_->member.set_mode(mode, now_ms);
}

protocol::Outcome Participant::link_up(protocol::LinkId link, protocol::LinkKind kind,
                                       std::int64_t now_ms) {
  return parts_->member.link_up(link, kind, now_ms);
}

protocol::Outcome Participant::link_down(protocol::LinkId link, std::int64_t now_ms) {
  return parts_->member.link_down(link, now_ms);
}

protocol::Outcome Participant::writable(protocol::LinkId link, std::uint32_t bytes,
                                        std::int64_t now_ms) {
  return parts_->member.writable(link, bytes, now_ms);
}

protocol::Outcome Participant::received(protocol::LinkId link, ByteView frame,
                                        std::int64_t now_ms) {
  return parts_->member.received(link, frame, now_ms);
}

protocol::Outcome Participant::time(std::int64_t now_ms) { return parts_->member.time(now_ms); }

void Participant::Parts::check_wanted(std::string_view call) const {
  if (member.training_wanted()) return;
  fail(ErrorCode::kState, text(call, ": no local step is wanted now (see training_wanted)"));
}

Participant::Step Participant::Parts::done(const StepReport& report, std::int64_t now_ms) {
  return {report, member.step_done(report.count, now_ms)};
}

Participant::Step Participant::train_step(std::int64_t now_ms) {
  parts_->check_wanted("train_step");
  return parts_->done(parts_->learner.step(), now_ms);
}

std::uint32_t Participant::begin_step() {
  parts_->check_wanted("begin_step");
  return parts_->learner.begin_step();
}

bool Participant::step_holds() const {
  return parts_->member.training_wanted() && parts_->learner.step_holds();
}

Participant::Step Participant::finish_step(const BatchReport& batch, std::int64_t now_ms) {
  parts_->check_wanted("finish_step");
  return parts_->done(parts_->learner.finish_step(batch), now_ms);
}

std::uint64_t Participant::round() const { return parts_->member.head().round; }
protocol::Hash Participant::model_hash() const { return parts_->member.head().hash; }
protocol::Hash Participant::task_hash() const { return parts_->member.terms().task; }

void Participant::Parts::check_idle() const {
  if (!member.running()) return;
  fail(ErrorCode::kState, "a model can be loaded only while not running");
}

protocol::Outcome Participant::import_model(ByteView file, std::int64_t now_ms,
                                            const model::ReadOptions& options,
                                            model::ReadReport* report) {
  parts_->check_idle();
  parts_->learner.check_frozen(file);
  model::ReadReport read = parts_->learner.import_model(file, options);
  if (report != nullptr) *report = std::move(read);
  return parts_->member.imported(now_ms);
}

protocol::Outcome Participant::load_base(ByteView file, std::int64_t now_ms) {
  parts_->check_idle();
  parts_->learner.load_base(file);
  return parts_->member.imported(now_ms);
}

protocol::Outcome Participant::load_checkpoint(ByteView file, std::int64_t now_ms) {
  parts_->check_idle();
  parts_->learner.check_frozen(file);
  parts_->learner.load_checkpoint(file);
  return parts_->member.imported(now_ms);
}

Participant::Traffic Participant::traffic() const {
  return {parts_->member.sent_bytes(), parts_->member.received_bytes()};
}

}  // namespace deai::session
