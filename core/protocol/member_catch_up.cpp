// How a member gets from its own head to the room's: following a commit that others made, and
// taking over a model.
#include <algorithm>
#include <utility>

#include "protocol/member.h"

namespace deai::protocol {

// The head of the other end is to become ours.
bool Member::wants(const Link& link, const Head& theirs) const {
  const Head& ours = model_.head();
  if (!of_mode(link) || theirs == ours) return false;
  // Idle, a participant keeps its model, but for a fork of its very last round: those who reached
  // the goal together shall end with the same model.
  if (!running() && !(settled_down_ && theirs.round == ours.round)) return false;
  if (!in_star()) return better(theirs, ours);
  // A hub is followed, also back. One without any history fetches ours; but not for ever.
  const bool hub_is_fresh = theirs.round == 0 && better(ours, theirs);
  return !hub_is_fresh || now_ - link.head_since_ms >= kStallMs;
}

// Whose head is the best of those that we want.
Link* Member::source() {
  Link* best = nullptr;
  for (Link* link : links_.peers()) {
    if (!link->status || now_ < link->retry_ms || !wants(*link, link->status->head)) continue;
    if (best == nullptr || better(link->status->head, best->status->head) ||
        (link->status->head == best->status->head && link->failures < best->failures)) {
      best = link;
    }
  }
  return best;
}

void Member::catch_up() {
  if (question_open()) return;
  Link* link = source();
  if (link == nullptr) {
    behind_since_ms_ = kNever;
    return;
  }
  behind_since_ms_ = std::min(behind_since_ms_, now_);
  const Head& theirs = link->status->head;
  if (pending_ && !better(theirs, pending_->commit.head)) return;
  const bool in_round = phase_ == Phase::kTraining || phase_ == Phase::kExchanging;
  // In a round, the commit or model that made their head is likely to be on its way to us; a hub
  // pushes its model also to those who rest.
  const bool on_its_way = in_round || (in_star() && succeeds(theirs, model_.head()));
  const std::int64_t since =
      in_star() ? std::max(behind_since_ms_, link->bulk_heard_ms) : behind_since_ms_;
  if (on_its_way && now_ - since < kGraceMs) {
    look_again_ = true;
    return;
  }
  // Who was in the round holds most of its updates and can follow its commit; others cannot.
  const bool one_commit = in_round && succeeds(theirs, model_.head());
  if (!in_star() && one_commit && theirs.hash != hopeless_) {
    ask(*link, Kind::kCommit, theirs.hash);
  } else {
    ask(*link, Kind::kModel, {});
  }
}

// --- following a commit

void Member::on_commit(Link& link, const Packet& packet) {
  const std::optional<Commit> commit = read_commit(packet);
  if (!commit || !signature_holds(packet)) return links_.offend(link);
  answers(link, Kind::kCommit);
  const Head& ours = model_.head();
  if (!running() || in_star() || !of_mode(link) || !succeeds(commit->head, ours)) return;
  if (now_ < link.retry_ms || commit->head.hash == hopeless_) return;
  std::uint64_t weight = ours.weight;
  for (const CommitEntry& entry : commit->entries) weight += entry.weight;
  if (weight != commit->head.weight) return links_.offend(link);
  if (pending_ && !better(commit->head, pending_->commit.head)) return;
  pending_ = PendingCommit{*commit, packet.bytes, link.id, now_};
}

void Member::work_on_pending() {
  if (!pending_) return;
  const Commit& commit = pending_->commit;
  if (!running() || !succeeds(commit.head, model_.head())) return pending_.reset();
  std::vector<SignedUpdate> set;
  std::vector<CommitEntry> missing;
  for (const CommitEntry& entry : commit.entries) {
    const SignedUpdate* held = updates_.latest(entry.id);
    if (held == nullptr || held->digest != entry.digest) held = updates_.find(entry.digest);
    if (held != nullptr && held->entry() == entry && held->round == commit.head.round &&
        held->parent == commit.head.parent) {
      set.push_back(*held);
    } else {
      missing.push_back(entry);
    }
  }
  if (!missing.empty()) return ask_for_missing(missing);
  std::vector<float> numbers = result_of(set);
  if (model_hash(terms_.layout, numbers) != commit.head.hash) {
    warn("a round's result could not be computed again; its model is fetched instead");
    return drop_pending(true);
  }
  const PendingCommit done = std::move(*pending_);
  advance(done.commit, done.packet, std::move(numbers), std::move(set));
}

void Member::ask_for_missing(const std::vector<CommitEntry>& missing) {
  PendingCommit& pending = *pending_;
  Link* source = links_.find(pending.source);
  if (pending.asked_ms >= 0) {
    if (source == nullptr || stalled(*source, pending.asked_ms)) drop_pending(true);
    return;
  }
  // What is missing is mostly on its way from its signer still.
  std::int64_t since = pending.since_ms;
  for (const CommitEntry& entry : missing) {
    const Link* signer = links_.of_peer(entry.id);
    if (signer != nullptr) since = std::max(since, signer->bulk_heard_ms);
  }
  const bool patient = now_ - pending.since_ms < kStallMs;
  if (now_ - since < kGraceMs && patient) return;
  // The round's model weighs no more than its updates: who lacks most of them was not in the round.
  if (2 * missing.size() > pending.commit.entries.size()) return drop_pending(false);
  for (Link* link : links_.peers()) {
    if (source == nullptr && link->status && link->status->head == pending.commit.head) {
      source = link;
    }
  }
  if (source == nullptr) {
    if (!patient) drop_pending(true);
    return;
  }
  pending.source = source->id;
  pending.asked_ms = now_;
  for (const CommitEntry& entry : missing) {
    send(*source, Lane::kUrgent, Kind::kFetch, write_fetch({Kind::kUpdate, entry.digest}));
  }
}

// The commit cannot be followed: its model is fetched whole, when somebody shows it.
void Member::drop_pending(bool blame) {
  hopeless_ = pending_->commit.head.hash;
  Link* source = links_.find(pending_->source);
  pending_.reset();
  if (source != nullptr && blame) failed(*source);
  changed_ = true;
}

void Member::on_absent_update(Link& link, const Hash& digest) {
  if (!pending_ || pending_->source != link.id || pending_->asked_ms < 0) return;
  const auto& entries = pending_->commit.entries;
  if (std::any_of(entries.begin(), entries.end(),
                  [&](const CommitEntry& entry) { return entry.digest == digest; })) {
    drop_pending(true);
  }
}

// --- updates of others

void Member::on_update(Link& link, const Packet& packet) {
  const Hash& digest = packet.header.digest;
  const PeerId signer = signer_of(packet);
  const std::uint64_t round = model_.head().round;
  bool listed = false;
  if (pending_) {
    for (const CommitEntry& entry : pending_->commit.entries) {
      listed = listed || entry.digest == digest;
    }
  }
  // Pushed by its signer it may be for our round, or for the next one if our commit is late.
  // Anything else came too late for its round, or for our question.
  const bool pushed = signer == link.peer() && of_mode(link) && packet.header.round > round &&
                      packet.header.round <= round + 2;
  if ((!listed && !pushed) || updates_.find(digest) != nullptr) return;
  std::optional<SignedUpdate> update = reader_.read(packet);
  if (!update) {
    // No honest participant signs or hands on what cannot be averaged.
    return links_.refuse(link, Reason::kJunk);
  }
  if (!pushed) return updates_.put_fetched(std::move(*update));
  if (packet.header.parent == model_.head().hash) {
    observe(link, phase_ == Phase::kExchanging ? now_ - made_ms_ : 0);
  }
  make_room_for(signer);
  updates_.put(std::move(*update));
}

// Signers that come, send and go must not fill the memory.
void Member::make_room_for(const PeerId& signer) {
  const std::size_t most = std::size_t{4} * terms_.max_participants;
  if (updates_.latest(signer) != nullptr || updates_.signers() < most) return;
  updates_.keep_latest_of(
      [&](const PeerId& peer) { return peer == id() || links_.of_peer(peer) != nullptr; });
}

// --- taking over a model

void Member::on_model(Link& link, const Packet& packet) {
  const bool asked = answers(link, Kind::kModel);
  const bool pushed = in_star() && link.kind == LinkKind::kCoordinator;
  if (!asked && !pushed) return;
  const std::optional<ModelBody> body = read_model(packet);
  if (body && link.status) link.status->head = body->head;
  if (body && !wants(link, body->head)) return;
  std::optional<RoomModel::Received> received = model_of(link, packet);
  if (!received) return;
  link.failures = 0;
  adopt(std::move(*received));
}

void Member::adopt(RoomModel::Received received) {
  if (received.commit && succeeds(received.head, model_.head())) {
    return advance(*received.commit, received.commit_packet, std::move(received.numbers), {});
  }
  model_.adopt(std::move(received));
  updates_.committed({}, model_.head().round);
  pending_.reset();
  trainee_.write(model_.weights());
  model_changed_ = true;
  if (running()) phase_ = Phase::kWaiting;
  notice(Notice::Kind::kAdopted, model_.head().round);
  announce();
  changed_ = true;
}

}  // namespace deai::protocol
