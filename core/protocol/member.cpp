#include "protocol/member.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace deai::protocol {

Member::Member(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee)
    : TrainingNode(std::move(terms), entropy, trainee) {}

// --- calls

Outcome Member::run(Goal goal, std::int64_t now_ms) {
  begin(now_ms);
  goal_ = goal;
  first_round_.reset();
  if (phase_ == Phase::kTraining || phase_ == Phase::kExchanging) {
    first_round_ = model_.head().round;
  }
  settled_down_ = false;
  waiting_for_ = 0;
  if (phase_ == Phase::kIdle) phase_ = Phase::kWaiting;
  announce();
  return finish();
}

Outcome Member::stop(std::int64_t now_ms) {
  begin(now_ms);
  put_down();
  phase_ = Phase::kIdle;
  settled_down_ = false;
  announce();
  return finish();
}

Outcome Member::set_mode(Mode mode, std::int64_t now_ms) {
  begin(now_ms);
  if (mode != terms_.mode) {
    terms_.mode = mode;
    put_down();
    waiting_for_ = 0;
    announce();
  }
  return finish();
}

Outcome Member::imported(std::int64_t now_ms) {
  if (running()) fail(ErrorCode::kState, "a model can be imported only while not running");
  begin(now_ms);
  model_.import(trained());
  updates_.clear();
  settled_down_ = false;
  model_changed_ = true;
  announce();
  return finish();
}

bool Member::restore(ByteView saved) {
  if (running() || !links_.empty() || !model_.restore(saved)) return false;
  trainee_.write(model_.weights());
  updates_.clear();
  model_changed_ = true;
  return true;
}

Outcome Member::step_done(std::uint32_t samples, std::int64_t now_ms) {
  if (!training_wanted()) fail(ErrorCode::kState, "no local step is wanted now");
  begin(now_ms);
  samples_ += samples;
  if (++steps_ >= terms_.local_steps && !make_update()) {
    const std::string why =
        text("the local training diverged: a weight is no number any more, or is further than ",
             aggregate::kMaxAbsDelta, " from the round's start; a lower learning rate may help");
    put_down();
    phase_ = Phase::kIdle;
    announce();
    fail(ErrorCode::kState, why);
  }
  return finish();
}

// --- what is due

void Member::progress() {
  do {
    changed_ = false;
    look_again_ = false;
    work_on_pending();
    catch_up();
    if (phase_ == Phase::kWaiting) begin_round();
    if (phase_ == Phase::kExchanging) {
      send_update();
      if (in_star()) {
        tell_missing(missing());
      } else {
        propose_if_due();
      }
    }
  } while (changed_);
}

bool Member::of_mode(const Link& link) const {
  if (alone()) return false;
  return link.kind == (in_star() ? LinkKind::kCoordinator : LinkKind::kPeer);
}

std::vector<Link*> Member::present() {
  std::vector<Link*> out;
  for (Link* link : links_.peers()) {
    if (of_mode(*link) && active(*link)) out.push_back(link);
  }
  return out;
}

// How many participants lack to start a round.
std::uint32_t Member::missing() {
  if (alone()) return 0;
  const auto peers = present();
  if (in_star()) {
    // The hub counts; without it at least one partner lacks.
    return peers.empty() ? std::max(1u, quorum() - 1) : peers.front()->status->missing;
  }
  const auto here = static_cast<std::uint32_t>(peers.size()) + 1;
  return here >= quorum() ? 0 : quorum() - here;
}

void Member::begin_round() {
  // First the room's model, unless who has it does not give it.
  if (pending_) return;
  if (question_ && links_.find(question_->link)->failures == 0) return;
  if (goal_reached()) {
    phase_ = Phase::kIdle;
    settled_down_ = true;
    notice(Notice::Kind::kDone, model_.head().round);
    announce();
    return;
  }
  const std::uint32_t lacking = missing();
  tell_missing(lacking);
  if (lacking > 0) return;
  // In a star only the hub's own model is trained on, by those whom it drew.
  if (in_star()) {
    const Status& hub = *present().front()->status;
    if (hub.resting || hub.head != model_.head()) return;
  }
  if (!first_round_) first_round_ = model_.head().round;
  phase_ = Phase::kTraining;
  steps_ = 0;
  samples_ = 0;
  notice(Notice::Kind::kRoundStarted, model_.head().round + 1);
}

// Our update: what the local steps changed, as everybody will decode it. False: it diverged.
bool Member::make_update() {
  std::vector<float> delta(terms_.weight_count);
  trainee_.read(delta);
  const std::span<const float> base = model_.weights();
  for (std::size_t i = 0; i < delta.size(); ++i) delta[i] -= base[i];

  UpdateHead head;
  head.signer = id();
  // At most kMaxWeight count; a round without samples still has its say.
  head.weight =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(samples_, 1, aggregate::kMaxWeight));
  head.codec = reader_.codec().id();
  ByteWriter body;
  body.bytes(write_update_head(head));
  reader_.codec().encode(delta, body);
  const Head& on = model_.head();
  const auto packet =
      read_packet(links_.writer().write(Kind::kUpdate, on.round + 1, on.hash, body.view(), true));
  std::optional<SignedUpdate> update = reader_.read(*packet, true);
  if (!update) return false;
  updates_.put(std::move(*update));
  phase_ = Phase::kExchanging;
  made_ms_ = now_;
  until_ms_ = now_ + patience_ms(present());
  complete_ms_ = -1;
  changed_ = true;
  return true;
}

// Lets go of a round that has begun: back to the room's model.
void Member::put_down() {
  pending_.reset();
  question_.reset();
  if (phase_ != Phase::kTraining && phase_ != Phase::kExchanging) return;
  trainee_.write(model_.weights());
  model_changed_ = true;
  phase_ = Phase::kWaiting;
  changed_ = true;
}

// --- what others see

Status Member::status_for(const Link& link) const {
  Status status;
  status.head = model_.head();
  status.active = running() && of_mode(link);
  const SignedUpdate* mine = updates_.latest(id());
  if (phase_ == Phase::kExchanging && mine != nullptr) status.update = mine->digest;
  return status;
}

SharedBytes Member::find_update(const Hash& digest) const {
  const SignedUpdate* update = updates_.find(digest);
  return update == nullptr ? nullptr : update->packet;
}

void Member::describe(Outcome& out) {
  out.training_wanted = training_wanted();
  out.model_changed = std::exchange(model_changed_, false);
}

std::int64_t Member::due_ms() const {
  std::int64_t due = kNever;
  if (phase_ == Phase::kExchanging && !in_star()) due = due_ms_;
  if (pending_ || look_again_) due = std::min(due, now_ + kGraceMs / 2);
  return due;
}

std::size_t Member::held_bytes() const { return Node::held_bytes() + updates_.held_bytes(); }

}  // namespace deai::protocol
