#include "protocol/gossiper.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "protocol/ranking.h"

namespace deai::protocol {

Gossiper::Gossiper(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee)
    : TrainingNode(std::move(terms), entropy, trainee) {
  check_gossip(terms_);
}

// --- calls

Outcome Gossiper::run(Goal goal, std::int64_t now_ms) {
  begin(now_ms);
  goal_ = goal;
  first_round_.reset();
  if (phase_ == Phase::kTraining || phase_ == Phase::kExchanging) {
    first_round_ = model_.head().round;
  }
  waiting_for_ = 0;
  if (phase_ == Phase::kIdle) phase_ = Phase::kWaiting;
  announce();
  return finish();
}

Outcome Gossiper::stop(std::int64_t now_ms) {
  begin(now_ms);
  put_down();
  phase_ = Phase::kIdle;
  announce();
  return finish();
}

Outcome Gossiper::imported(std::int64_t now_ms) {
  if (running()) fail(ErrorCode::kState, "a model can be imported only while not running");
  begin(now_ms);
  model_.import(trained());
  forget_scheme();
  model_changed_ = true;
  announce();
  return finish();
}

bool Gossiper::restore(ByteView saved) {
  if (running() || !links_.empty() || !model_.restore(saved)) return false;
  trainee_.write(model_.weights());
  forget_scheme();
  model_changed_ = true;
  return true;
}

Outcome Gossiper::step_done(std::uint32_t samples, std::int64_t now_ms) {
  if (!training_wanted()) fail(ErrorCode::kState, "no local step is wanted now");
  begin(now_ms);
  samples_ += samples;
  if (++steps_ < terms_.local_steps) return finish();
  x_ = trained();
  if (!gossip::acceptable(x_)) {
    put_down();
    phase_ = Phase::kIdle;
    announce();
    fail(ErrorCode::kState,
         text("the local training diverged: a weight is no number any more, or is above ",
              gossip::kMostSize, "; a lower learning rate may help"));
  }
  begin_exchange();
  return finish();
}

// --- what is due

void Gossiper::progress() {
  // Heartbeats come every few seconds unless the whole machine slept.
  if (last_event_ms_ >= 0 && now_ - last_event_ms_ > 2 * kSilenceMs) {
    away_until_ms_ = now_ + kSilenceMs;
  }
  last_event_ms_ = now_;
  do {
    changed_ = false;
    look_again_ = false;
    redraw();
    catch_up();
    if (phase_ == Phase::kWaiting) begin_round();
    if (phase_ == Phase::kExchanging) exchange();
  } while (changed_);
}

std::vector<PeerId> Gossiper::active_members() {
  std::vector<PeerId> members;
  if (!running()) return members;
  for (const Link* link : links_.peers()) {
    if (active(*link)) members.push_back(link->peer());
  }
  add_sorted(members, id());
  return members;
}

// The graph of those who are here now. Edges that it has as before go on. Not in mid exchange: mail
// of somebody who is gone since counts.
void Gossiper::redraw() {
  if (phase_ == Phase::kExchanging) return;
  std::vector<PeerId> members = active_members();
  if (members == members_) return;
  members_ = std::move(members);
  const bool numbered = terms_.gossip.scheme == "exponential";
  std::vector<Edge> before = std::exchange(edges_, {});
  for (const std::uint32_t at : graph_neighbours(terms_.gossip, members_, own_place())) {
    Edge& edge = edges_.emplace_back();
    for (Edge& known : before) {
      if (known.peer == members_[at]) edge = std::exchange(known, {});
    }
    if (edge.peer != members_[at]) {
      edge.peer = members_[at];
      edge.number = ++last_number_;
      edge.seed = edge_seed(terms_.room, id(), edge.peer);
    }
    if (numbered) edge.number = at;
  }
  for (const Edge& gone : before) {
    if (gone.joined) scheme_->leave(gone.number);
  }
  if (scheme_) scheme_->number(own_place(), static_cast<std::uint32_t>(members_.size()));
  announce();
}

std::uint32_t Gossiper::own_place() const {
  return static_cast<std::uint32_t>(std::lower_bound(members_.begin(), members_.end(), id()) -
                                    members_.begin());
}

std::uint32_t Gossiper::missing() {
  std::uint32_t here = 1;
  for (const Link* link : links_.peers()) {
    // Who is further and has ended counts: nobody has to stand still behind it.
    here += present(*link);
  }
  return here >= terms_.min_participants ? 0 : terms_.min_participants - here;
}

void Gossiper::begin_round() {
  round_ = model_.head().round;
  if (question_ && links_.find(question_->link)->failures == 0) return;
  // First the room's model, unless nobody gives it.
  if (behind_since_ms_ != kNever && now_ - behind_since_ms_ < 2 * kStallMs) return;
  if (goal_reached()) {
    phase_ = Phase::kIdle;
    notice(Notice::Kind::kDone, round_);
    announce();
    changed_ = true;
    return;
  }
  const std::uint32_t lacking = missing();
  tell_missing(lacking);
  if (lacking > 0) return;
  if (!first_round_) first_round_ = round_;
  phase_ = Phase::kTraining;
  steps_ = 0;
  samples_ = 0;
  notice(Notice::Kind::kRoundStarted, round_ + 1);
}

// Lets go of a round that has begun.
void Gossiper::put_down() {
  question_.reset();
  if (phase_ != Phase::kTraining && phase_ != Phase::kExchanging) return;
  trainee_.write(model_.weights());
  model_changed_ = true;
  phase_ = Phase::kWaiting;
}

// --- a neighbour's model

bool Gossiper::present(const Link& link) const {
  if (!lively(link) || !link.status) return false;
  return link.status->active || link.status->head.round > model_.head().round;
}

// Who has a model that is worth more than ours: before our first round any that is better, later one
// of the middle where we were away. Who is only slow goes on with its own.
Link* Gossiper::better_source(bool& behind) {
  const Head& ours = model_.head();
  std::uint64_t least = 0;
  if (ours.round > 0) {
    least = middle_round();
    if (now_ >= away_until_ms_ || least <= ours.round + 1) return nullptr;
  }
  Link* best = nullptr;
  for (Link* link : links_.peers()) {
    if (!present(*link) || link->status->head.round < least) continue;
    if (!better(link->status->head, ours)) continue;
    behind = true;
    if (now_ < link->retry_ms) continue;
    if (best == nullptr || (ours.round == 0 && better(link->status->head, best->status->head))) {
      best = link;
    }
  }
  return best;
}

void Gossiper::catch_up() {
  if (!running() || phase_ == Phase::kExchanging || question_open()) return;
  bool behind = false;
  Link* link = better_source(behind);
  behind_since_ms_ = behind ? std::min(behind_since_ms_, now_) : kNever;
  if (link == nullptr) return;
  put_down();
  ask(*link, Kind::kModel, {});
}

void Gossiper::on_model(Link& link, const Packet& packet) {
  if (!answers(link, Kind::kModel)) return;
  std::optional<RoomModel::Received> received = model_of(link, packet);
  if (!received) return;
  link.failures = 0;
  if (!running() || phase_ == Phase::kExchanging || !better(received->head, model_.head())) return;
  adopt(std::move(*received));
}

void Gossiper::adopt(RoomModel::Received received) {
  model_.adopt(std::move(received));
  forget_scheme();
  trainee_.write(model_.weights());
  model_changed_ = true;
  phase_ = Phase::kWaiting;
  away_until_ms_ = 0;
  behind_since_ms_ = kNever;
  notice(Notice::Kind::kAdopted, model_.head().round);
  announce();
  changed_ = true;
}

// --- what others see

Status Gossiper::status_for(const Link& link) const {
  Status status;
  status.head = model_.head();
  status.active = running();
  status.neighbour = std::any_of(edges_.begin(), edges_.end(),
                                 [&](const Edge& edge) { return edge.peer == link.peer(); });
  return status;
}

void Gossiper::describe(Outcome& out) {
  out.training_wanted = training_wanted();
  out.model_changed = std::exchange(model_changed_, false);
}

std::int64_t Gossiper::due_ms() const {
  if (phase_ != Phase::kExchanging) return kNever;
  return look_again_ ? std::min(until_ms_, now_ + kGraceMs / 2) : until_ms_;
}

std::size_t Gossiper::held_bytes() const {
  std::size_t sum = Node::held_bytes();
  for (const Edge& edge : edges_) {
    for (const Packet& packet : edge.early) sum += packet.bytes->size();
  }
  return sum;
}

}  // namespace deai::protocol
