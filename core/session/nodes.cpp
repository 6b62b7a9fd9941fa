#include "session/nodes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/make_gossiper.h"
#include "session/terms.h"

namespace deai::session {

namespace {

// What the later event says of the state holds.
void join(protocol::Outcome& all, protocol::Outcome more) {
  std::move(more.sends.begin(), more.sends.end(), std::back_inserter(all.sends));
  all.closes.insert(all.closes.end(), more.closes.begin(), more.closes.end());
  std::move(more.notices.begin(), more.notices.end(), std::back_inserter(all.notices));
  all.wake_at_ms = more.wake_at_ms;
  all.training_wanted = more.training_wanted;
  all.model_changed |= more.model_changed;
}

}  // namespace

Nodes::Nodes(const ParticipantConfig& config, std::span<const std::uint8_t, 32> entropy,
             const Learner& learner, protocol::Trainee& trainee)
    : config_(config),
      learner_(learner),
      trainee_(trainee),
      gossip_room_(config.task.exchange.gossips()),
      mode_(config.mode) {
  std::copy(entropy.begin(), entropy.end(), entropy_.begin());
  open(gossips());
}

protocol::TrainingNode* Nodes::find(bool gossip) {
  if (gossip) return gossiper_.get();
  return member_ ? &*member_ : nullptr;
}

protocol::TrainingNode& Nodes::open(bool gossip) {
  if (protocol::TrainingNode* const known = find(gossip)) return *known;
  protocol::TrainingNode& made = make(gossip);
  if (replayed_) made.replay_as(replayed_->id, replayed_->link_secret);
  return made;
}

protocol::TrainingNode& Nodes::make(bool gossip) {
  const auto terms = [&](protocol::Mode mode) {
    return make_terms(config_.task, learner_, config_.room, config_.min_participants, mode);
  };
  if (gossip) {
    const protocol::Terms mesh = terms(protocol::Mode::kDecentralized);
    gossiper_ = protocol::make_gossiper(mesh, entropy_, trainee_);
    return *gossiper_;
  }
  // In a room that gossips a member is for the other modes, whatever the present one is.
  const bool star = gossip_room_ && mode_ == protocol::Mode::kDecentralized;
  return member_.emplace(terms(star ? protocol::Mode::kFederated : mode_), entropy_, trainee_);
}

protocol::Outcome Nodes::told(bool gossip, protocol::Outcome out) {
  wake_at_ms_[gossip] = out.wake_at_ms;
  const std::int64_t other = wake_at_ms_[!gossip];
  if (other >= 0 && (out.wake_at_ms < 0 || other < out.wake_at_ms)) out.wake_at_ms = other;
  out.training_wanted = active().training_wanted();
  return out;
}

protocol::Outcome Nodes::run(protocol::Goal goal, std::int64_t now_ms) {
  goal_ = goal;
  return told(gossips(), active().run(goal, now_ms));
}

protocol::Outcome Nodes::stop(std::int64_t now_ms) {
  return told(gossips(), active().stop(now_ms));
}

protocol::Outcome Nodes::step_done(std::uint32_t samples, std::int64_t now_ms) {
  return told(gossips(), active().step_done(samples, now_ms));
}

protocol::Outcome Nodes::imported(std::int64_t now_ms) {
  return told(gossips(), active().imported(now_ms));
}

protocol::Outcome Nodes::set_mode(protocol::Mode mode, std::int64_t now_ms) {
  const bool gossip = gossip_room_ && mode == protocol::Mode::kDecentralized;
  if (gossip != gossips()) return change_node(mode, now_ms);
  mode_ = mode;
  if (gossip) return time(now_ms);
  return told(false, member_->set_mode(mode, now_ms));
}

protocol::Outcome Nodes::change_node(protocol::Mode mode, std::int64_t now_ms) {
  const bool gossiped = gossips();
  protocol::TrainingNode& before = active();
  const bool running = before.running();
  const bool learnt = before.head().weight > 0;
  protocol::Outcome out = before.stop(now_ms);
  wake_at_ms_[gossiped] = out.wake_at_ms;
  mode_ = mode;
  protocol::TrainingNode& after = open(!gossiped);
  if (gossiped) join(out, told(false, member_->set_mode(mode, now_ms)));
  if (learnt) join(out, told(!gossiped, after.imported(now_ms)));
  join(out, told(!gossiped, running ? after.run(goal_, now_ms) : after.time(now_ms)));
  return out;
}

protocol::Outcome Nodes::link_up(protocol::LinkId link, protocol::LinkKind kind,
                                 std::int64_t now_ms) {
  const bool gossip = gossip_room_ && kind == protocol::LinkKind::kPeer;
  return told(gossip, open(gossip).link_up(link, kind, now_ms));
}

// True: the gossiper's.
bool Nodes::owner(protocol::LinkId link) {
  for (const bool gossip : {false, true}) {
    protocol::TrainingNode* const node = find(gossip);
    if (node != nullptr && node->has_link(link)) return gossip;
  }
  return gossips();
}

protocol::Outcome Nodes::link_down(protocol::LinkId link, std::int64_t now_ms) {
  const bool gossip = owner(link);
  return told(gossip, find(gossip)->link_down(link, now_ms));
}

protocol::Outcome Nodes::writable(protocol::LinkId link, std::uint32_t bytes, std::int64_t now_ms) {
  const bool gossip = owner(link);
  return told(gossip, find(gossip)->writable(link, bytes, now_ms));
}

protocol::Outcome Nodes::received(protocol::LinkId link, ByteView frame, std::int64_t now_ms) {
  const bool gossip = owner(link);
  return told(gossip, find(gossip)->received(link, frame, now_ms));
}

protocol::Outcome Nodes::time(std::int64_t now_ms) {
  protocol::Outcome out;
  for (const bool gossip : {false, true}) {
    protocol::TrainingNode* const node = find(gossip);
    if (node != nullptr) join(out, told(gossip, node->time(now_ms)));
  }
  return out;
}

void Nodes::replay_as(const protocol::PeerId& id, const protocol::Hash& link_secret) {
  replayed_ = Replayed{id, link_secret};
  for (const bool gossip : {false, true}) {
    protocol::TrainingNode* const node = find(gossip);
    if (node != nullptr) node->replay_as(id, link_secret);
  }
}

Participant::Traffic Nodes::traffic() const {
  Participant::Traffic traffic;
  const auto add = [&](const protocol::Node& node) {
    traffic.sent_bytes += node.sent_bytes();
    traffic.received_bytes += node.received_bytes();
  };
  if (member_) add(*member_);
  if (gossiper_) {
    add(*gossiper_);
    const auto gossiped = gossiper_->gossiped();
    traffic.payload_bytes = gossiped.payload_bytes;
    traffic.full_bytes = gossiped.full_bytes;
    traffic.distance = gossiped.distance;
  }
  return traffic;
}

}  // namespace deai::session
