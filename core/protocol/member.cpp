#include "protocol/member.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "protocol/ranking.h"

namespace deai::protocol {

namespace {

std::vector<float> initial_weights(const Trainee& trainee, std::size_t count) {
  std::vector<float> weights(count);
  trainee.read(weights);
  return weights;
}

}  // namespace

Member::Member(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee)
    : Node(terms, Role::kMember, entropy, initial_weights(trainee, terms.weight_count)),
      trainee_(trainee) {}

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
  model_.import(initial_weights(trainee_, terms_.weight_count));
  updates_.clear();
  settled_down_ = false;
  model_changed_ = true;
  announce();
  return finish();
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
      if (!in_star()) propose_if_due();
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

bool Member::goal_reached() const {
  const std::uint64_t round = model_.head().round;
  if (goal_.until_round && round >= *goal_.until_round) return true;
  if (!goal_.rounds) return false;
  return *goal_.rounds == 0 || (first_round_ && round >= *first_round_ + *goal_.rounds);
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
  if (lacking > 0) {
    if (lacking != waiting_for_) notice(Notice::Kind::kWaiting, model_.head().round + 1, lacking);
    waiting_for_ = lacking;
    return;
  }
  // In a star only the hub's own model is trained on.
  if (in_star() && present().front()->status->head != model_.head()) return;
  waiting_for_ = 0;
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
  const std::vector<float>& base = model_.weights();
  for (std::size_t i = 0; i < delta.size(); ++i) delta[i] -= base[i];

  UpdateHead head;
  head.signer = id();
  // At most kMaxWeight count; a round without samples still has its say.
  head.weight = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(samples_, 1, aggregate::kMaxWeight));
  head.codec = reader_.codec().id();
  ByteWriter body;
  body.bytes(write_update_head(head));
  reader_.codec().encode(delta, body);
  const Head& on = model_.head();
  const auto packet = read_packet(
      links_.writer().write(Kind::kUpdate, on.round + 1, on.hash, body.view(), true));
  std::optional<SignedUpdate> update = reader_.read(*packet);
  if (!update) return false;
  updates_.put(std::move(*update));
  phase_ = Phase::kExchanging;
  until_ms_ = now_ + terms_.deadline_ms;
  complete_ms_ = -1;
  changed_ = true;
  return true;
}

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

void Member::propose_if_due() {
  due_ms_ = kNever;
  if (pending_) return;
  const Head& ours = model_.head();
  std::vector<SignedUpdate> set = updates_.matching(ours.round + 1, ours.hash);
  if (set.size() > aggregate::kMaxMembers) set.resize(aggregate::kMaxMembers);
  const bool enough = set.size() >= quorum();
  const bool complete = enough && awaited().empty();
  if (!complete) complete_ms_ = -1;
  if (complete && complete_ms_ < 0) complete_ms_ = now_;

  std::vector<PeerId> others;
  for (const Link* link : present()) others.push_back(link->peer());
  const auto rank = static_cast<std::int64_t>(
      rank_of(id(), terms_.room, ours.round + 1, model_.view(), others));
  const std::int64_t turn = rank * succession_ms(terms_.deadline_ms);
  if (!enough && now_ >= until_ms_) {
    // Too few for a commit: the round goes on for as long again.
    until_ms_ = now_ + terms_.deadline_ms;
  }
  due_ms_ = complete ? complete_ms_ + turn : enough ? until_ms_ + turn : until_ms_;
  if (!complete) ask_for_lost_update();
  if (enough && now_ >= due_ms_) propose(std::move(set));
}

std::vector<float> Member::mean_of(const std::vector<SignedUpdate>& set) {
  aggregate::ExactMean mean(terms_.weight_count);
  for (const SignedUpdate& update : set) mean.add(reader_.numbers(update), update.weight);
  std::vector<float> out(terms_.weight_count);
  mean.apply(model_.weights(), out);
  return out;
}

void Member::propose(std::vector<SignedUpdate> set) {
  const Head& ours = model_.head();
  Commit commit;
  commit.signer = id();
  std::vector<float> weights = mean_of(set);
  commit.head = {ours.round + 1, model_hash(terms_.layout, weights), ours.weight, ours.hash};
  for (const SignedUpdate& update : set) {
    commit.entries.push_back(update.entry());
    commit.head.weight += update.weight;
    commit.view.push_back(update.signer);
  }
  // Joiners that have caught up are expected next time.
  for (const Link* link : present()) {
    if (link->status->head == ours) commit.view.push_back(link->peer());
  }
  std::sort(commit.view.begin(), commit.view.end());
  commit.view.erase(std::unique(commit.view.begin(), commit.view.end()), commit.view.end());

  SharedBytes packet = links_.writer().write(Kind::kCommit, commit.head.round, commit.head.parent,
                                             write_commit(commit), true);
  for (Link* link : present()) links_.send(*link, Lane::kUrgent, Kind::kCommit, packet);
  advance(commit, std::move(packet), std::move(weights), std::move(set));
}

// --- the round's end

void Member::advance(const Commit& commit, SharedBytes packet, std::vector<float> weights,
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
  const std::vector<float> before = model_.weights();
  model_.advance(commit, std::move(packet), std::move(weights));
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
  const std::vector<float>& after = model_.weights();
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

void Member::report_late(const Commit& commit) {
  for (const PeerId& peer : awaited()) {
    const bool listed = std::any_of(commit.entries.begin(), commit.entries.end(),
                                    [&](const CommitEntry& entry) { return entry.id == peer; });
    if (listed || links_.of_peer(peer)->kind == LinkKind::kCoordinator) continue;
    notice(Notice::Kind::kPeerLate, commit.head.round);
    out_.notices.back().peer = peer;
  }
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
