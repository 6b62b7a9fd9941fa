// How a round ends for a member: updates to everybody, the commit, and what it does to one's own
// weights.
#include <algorithm>
#include <utility>

#include "protocol/member.h"
#include "protocol/ranking.h"

namespace deai::protocol {

// To everybody in the round who does not have it yet.
void Member::send_update() {
  const SignedUpdate* mine = updates_.latest(id());
  for (Link* link : present()) {
    if (link->update_sent == mine->digest) continue;
    const Hash& theirs = link->status->head.hash;
    const Head& ours = model_.head();
    // Who is one commit behind will be here soon; who is elsewhere has no use for it.
    if (theirs != ours.hash && (in_star() || theirs != ours.parent)) continue;
    links_.send(*link, Lane::kBulk, Kind::kUpdate, mine->packet, true);
    link->update_sent = mine->digest;
  }
}

// Those without whose update no commit is proposed before the deadline: the last commit's view, as
// far as it is here; if nobody of it is, everybody at our head.
std::vector<PeerId> Member::awaited() {
  const Head& ours = model_.head();
  std::vector<PeerId> of_view, at_head;
  for (const Link* link : present()) {
    const PeerId& peer = link->peer();
    const auto& view = model_.view();
    if (std::binary_search(view.begin(), view.end(), peer)) of_view.push_back(peer);
    if (link->status->head == ours) at_head.push_back(peer);
  }
  std::vector<PeerId> out = of_view.empty() ? std::move(at_head) : std::move(of_view);
  std::erase_if(out, [&](const PeerId& peer) {
    const SignedUpdate* update = updates_.latest(peer);
    return update != nullptr && update->round == ours.round + 1 && update->parent == ours.hash;
  });
  return out;
}

// How long those before us in rank may take.
std::int64_t Member::turn_ms() {
  std::vector<PeerId> others;
  for (const Link* link : present()) others.push_back(link->peer());
  const std::size_t rank =
      rank_of(id(), terms_.room, model_.head().round + 1, model_.view(), others);
  return static_cast<std::int64_t>(rank) * succession_ms(terms_.deadline_ms);
}

void Member::propose_if_due() {
  due_ms_ = kNever;
  if (pending_) return;
  const Head& ours = model_.head();
  const bool enough = updates_.count(ours.round + 1, ours.hash) >= quorum();
  // Who left or stopped in mid round may make it one that cannot end before somebody comes.
  tell_missing(enough ? 0 : missing());
  const bool complete = enough && awaited().empty();
  if (!complete) complete_ms_ = -1;
  if (complete && complete_ms_ < 0) complete_ms_ = now_;

  if (!enough && now_ >= until_ms_) {
    // Too few for a commit: the round goes on for as long again.
    until_ms_ = now_ + terms_.deadline_ms;
  }
  due_ms_ = complete ? complete_ms_ : until_ms_;
  if (enough && now_ >= due_ms_) due_ms_ += turn_ms();
  if (!complete) {
    for (Link* link : present()) {
      const Hash& update = link->status->update;
      if (update_overdue(*link) && !updates_.find(update)) ask(*link, Kind::kUpdate, update);
    }
  }
  if (enough && now_ >= due_ms_) propose();
}

std::vector<float> Member::result_of(const std::vector<SignedUpdate>& set) {
  aggregate::ExactMean mean(terms_.weight_count);
  for (const SignedUpdate& update : set) mean.add(reader_.numbers(update), update.weight);
  return model_.after(mean);
}

void Member::propose() {
  const Head& ours = model_.head();
  std::vector<SignedUpdate> set = updates_.matching(ours.round + 1, ours.hash);
  if (set.size() > aggregate::kMaxMembers) set.resize(aggregate::kMaxMembers);
  Commit commit;
  commit.signer = id();
  std::vector<float> numbers = result_of(set);
  commit.head = {ours.round + 1, model_hash(terms_.layout, numbers), ours.weight, ours.hash};
  for (const SignedUpdate& update : set) {
    commit.entries.push_back(update.entry());
    commit.head.weight += update.weight;
    commit.view.push_back(update.signer);
  }
  // Joiners that have caught up are expected next time.
  for (const Link* link : present()) {
    if (link->status->head == ours) add_sorted(commit.view, link->peer());
  }

  SharedBytes packet = links_.writer().write(Kind::kCommit, commit.head.round, commit.head.parent,
                                             write_commit(commit), true);
  for (Link* link : present()) links_.send(*link, Lane::kUrgent, Kind::kCommit, packet);
  advance(commit, std::move(packet), std::move(numbers), std::move(set));
}

// --- the round's end

void Member::advance(const Commit& commit, SharedBytes packet, std::vector<float> numbers,
                     std::vector<SignedUpdate> set) {
  report_late(commit);
  Notice& committed = out_.notices.emplace_back();
  committed.kind = Notice::Kind::kRoundCommitted;
  committed.round = commit.head.round;
  committed.count = static_cast<std::uint32_t>(commit.entries.size());
  committed.weight = commit.head.weight - model_.head().weight;
  bool counted = false;
  for (const CommitEntry& entry : commit.entries) {
    committed.peers.push_back(entry.id);
    counted = counted || entry.id == id();
  }
  const std::vector<float> before(model_.weights().begin(), model_.weights().end());
  model_.advance(commit, std::move(packet), std::move(numbers));
  updates_.committed(std::move(set), commit.head.round);
  pending_.reset();
  carry_over(counted, before);
  announce();
  changed_ = true;
}

// The straggler rule. Who is in the commit goes on from its result. Whose update is not in it keeps
// what it learnt, moved on top of the new model: a half-done round goes on, a finished update is
// sent anew for the next round. So a slow participant is late but never in vain.
void Member::carry_over(bool counted, const std::vector<float>& before) {
  const std::span<const float> after = model_.weights();
  model_changed_ = true;
  const bool unheard = phase_ == Phase::kTraining || phase_ == Phase::kExchanging;
  if (counted || !unheard) {
    trainee_.write(after);
    if (phase_ != Phase::kIdle) phase_ = Phase::kWaiting;
    return;
  }
  std::vector<float> local(after.size());
  trainee_.read(local);
  for (std::size_t i = 0; i < local.size(); ++i) local[i] = after[i] + (local[i] - before[i]);
  trainee_.write(local);
  if (goal_reached()) return put_down();
  notice(Notice::Kind::kRoundStarted, model_.head().round + 1);
  if (phase_ == Phase::kExchanging && !make_update()) put_down();
}

void Member::report_late(const Commit& commit) {
  for (const PeerId& peer : awaited()) {
    const bool listed = std::any_of(commit.entries.begin(), commit.entries.end(),
                                    [&](const CommitEntry& entry) { return entry.id == peer; });
    Link& link = *links_.of_peer(peer);
    if (listed || link.kind == LinkKind::kCoordinator) continue;
    if (phase_ == Phase::kExchanging) observe(link, now_ - made_ms_);
    notice(Notice::Kind::kPeerLate, commit.head.round);
    out_.notices.back().peer = peer;
  }
}

}  // namespace deai::protocol
