#include "protocol/hub.h"

#include <algorithm>
#include <utility>

#include "protocol/ranking.h"

namespace deai::protocol {

Hub::Hub(Terms terms, std::span<const std::uint8_t, 32> entropy, std::span<const float> initial)
    : Node(terms, Role::kHub, entropy, initial),
      mean_(terms.weight_count),
      missing_(terms.min_participants) {}

bool Hub::restore(ByteView saved) {
  if (!links_.empty() || !model_.restore(saved)) return false;
  begin_round();
  return true;
}

void Hub::begin_round() {
  mean_.clear();
  taken_.clear();
  drawn_.clear();
  until_ms_ = kNever;
}

void Hub::progress() {
  catch_up();
  draw();
  commit_if_due();
  draw();
  count_members();
}

std::vector<Link*> Hub::members() {
  std::vector<Link*> out;
  for (Link* link : links_.peers()) {
    if (active(*link)) out.push_back(link);
  }
  return out;
}

std::uint32_t Hub::member_count() { return static_cast<std::uint32_t>(members().size()); }

void Hub::count_members() {
  const std::uint32_t here = member_count();
  const std::uint32_t missing =
      here >= terms_.min_participants ? 0 : terms_.min_participants - here;
  if (missing == missing_) return;
  missing_ = missing;
  if (missing > 0) {
    notice(Notice::Kind::kWaiting, model_.head().round + 1, missing);
  } else {
    notice(Notice::Kind::kRoundStarted, model_.head().round + 1);
  }
  announce();
}

// --- a head from a member, only before the first commit and update: a server that lost its disk
// catches up, but no single member can replace a model that the hub itself has seen being made.

bool Hub::fresh() const { return model_.head().round == 0 && taken_.empty(); }

void Hub::catch_up() {
  if (question_open() || !fresh()) return;
  Link* best = nullptr;
  for (Link* link : members()) {
    if (now_ < link->retry_ms || !better(link->status->head, model_.head())) continue;
    if (best == nullptr || better(link->status->head, best->status->head)) best = link;
  }
  if (best != nullptr) ask(*best, Kind::kModel, {});
}

void Hub::on_model(Link& link, const Packet& packet) {
  if (!answers(link, Kind::kModel)) return;
  std::optional<RoomModel::Received> received = model_of(link, packet);
  if (!received) return;
  if (!fresh() || !better(received->head, model_.head())) return;
  model_.adopt(std::move(*received));
  begin_round();
  notice(Notice::Kind::kAdopted, model_.head().round);
  model_changed_ = true;
  announce();
}

// --- the round

void Hub::on_update(Link& link, const Packet& packet) {
  const Head& ours = model_.head();
  // Too late, or on a model that is not ours: the member will see our head and go on from it.
  if (packet.header.round != ours.round + 1 || packet.header.parent != ours.hash) return;
  if (signer_of(packet) != link.peer()) return links_.offend(link);
  if (taken_.contains(link.peer()) || taken_.size() >= aggregate::kMaxMembers) return;
  if (!may_send(link.peer())) return;
  const std::optional<SignedUpdate> update = reader_.read(packet);
  if (!update || !mean_.add(reader_.numbers(*update), update->weight)) {
    return links_.refuse(link, Reason::kJunk);
  }
  if (taken_.empty()) {
    first_ms_ = now_;
    until_ms_ = now_ + patience_ms(members());
  }
  observe(link, now_ - first_ms_);
  taken_.emplace(link.peer(), update->entry());
}

std::uint32_t Hub::quorum() {
  const std::uint32_t least = terms_.min_participants;
  return draws() ? std::min(least, static_cast<std::uint32_t>(sample_size(member_count()))) : least;
}

// As in a mesh: the last commit's view as far as it is here, else everybody at our head. Where
// members are drawn, those.
std::vector<PeerId> Hub::awaited() {
  std::vector<PeerId> of_view, at_head;
  if (draws()) {
    of_view = drawn_;
    std::erase_if(of_view, [&](const PeerId& peer) { return taken_.contains(peer); });
    return of_view;
  }
  const auto& view = model_.view();
  for (const Link* link : members()) {
    if (std::binary_search(view.begin(), view.end(), link->peer())) of_view.push_back(link->peer());
    if (link->status->head == model_.head()) at_head.push_back(link->peer());
  }
  std::vector<PeerId> out = of_view.empty() ? std::move(at_head) : std::move(of_view);
  std::erase_if(out, [&](const PeerId& peer) { return taken_.contains(peer); });
  return out;
}

void Hub::commit_if_due() {
  if (!question_open()) {
    for (Link* link : members()) {
      if (taken_.contains(link->peer()) || !update_overdue(*link)) continue;
      ask(*link, Kind::kUpdate, link->status->update);
    }
  }
  const bool enough = !taken_.empty() && taken_.size() >= quorum();
  if (enough && (now_ >= until_ms_ || awaited().empty())) return commit();
  if (now_ < until_ms_) return;
  // Too few for a commit: the round goes on for as long again, with others if members are drawn.
  until_ms_ = now_ + terms_.deadline_ms;
  if (draws()) give_up_waiting();
}

void Hub::commit() {
  const Head before = model_.head();
  Commit commit;
  commit.signer = id();
  std::vector<float> numbers = model_.after(mean_);
  commit.head = {before.round + 1, model_hash(terms_.layout, numbers),
                 before.weight + mean_.weight(), before.hash};
  for (const auto& [peer, entry] : taken_) {
    commit.entries.push_back(entry);
    commit.view.push_back(peer);
  }
  // Joiners that have caught up are expected next time; a view of all from whom some are drawn would
  // make the model longer by nothing of use.
  for (const Link* link : members()) {
    if (!draws() && link->status->head == before) add_sorted(commit.view, link->peer());
  }

  give_up_waiting();
  Notice& committed = out_.notices.emplace_back();
  committed.kind = Notice::Kind::kRoundCommitted;
  committed.round = commit.head.round;
  committed.count = mean_.members();
  committed.weight = mean_.weight();
  for (const CommitEntry& entry : commit.entries) committed.peers.push_back(entry.id);

  SharedBytes packet = links_.writer().write(Kind::kCommit, commit.head.round, commit.head.parent,
                                             write_commit(commit), true);
  model_.advance(commit, std::move(packet), std::move(numbers));
  begin_round();
  model_changed_ = true;
  announce();
  for (Link* link : members()) send_model(*link);
}

Status Hub::status_for(const Link& link) const {
  Status status;
  status.resting = !may_send(link.peer());
  status.head = model_.head();
  status.active = true;
  status.missing = missing_;
  return status;
}

void Hub::describe(Outcome& out) { out.model_changed = std::exchange(model_changed_, false); }

std::int64_t Hub::due_ms() const { return until_ms_; }

}  // namespace deai::protocol
