// What neighbours send each other between two stretches of local steps.
#include <algorithm>
#include <cmath>
#include <utility>

#include "protocol/gossiper.h"
#include "protocol/ranking.h"

namespace deai::protocol {

void Gossiper::open_scheme() {
  gossip::Settings settings;
  settings.scheme = terms_.gossip.scheme;
  settings.codec = terms_.codec;
  settings.layout = terms_.tensors;
  settings.beginning = model_.weights();
  settings.rank = terms_.gossip.rank;
  settings.iterations = terms_.gossip.iterations;
  settings.bits = terms_.gossip.bits;
  settings.seed = ByteReader(id()).u64();
  settings.self = own_place();
  settings.participants = static_cast<std::uint32_t>(members_.size());
  scheme_ = gossip::make(settings);
}

void Gossiper::forget_scheme() {
  scheme_.reset();
  for (Edge& edge : edges_) {
    edge.joined = false;
    edge.early.clear();
  }
}

// Both ends have it in their graph.
bool Gossiper::confirmed(const Edge& edge) {
  const Link* link = links_.of_peer(edge.peer);
  return link != nullptr && active(*link) && link->status->neighbour;
}

void Gossiper::join_edges() {
  const bool first = scheme_ == nullptr;
  if (first) open_scheme();
  std::uint32_t degree = 0;
  for (Edge& edge : edges_) {
    const bool used = confirmed(edge);
    degree += used;
    if (used == edge.joined) continue;
    edge.joined = used;
    edge.missed = false;
    if (!used) {
      scheme_->leave(edge.number);
      continue;
    }
    // Founders: both have sent nothing yet, and hold the same model.
    const bool founding =
        first && links_.of_peer(edge.peer)->status->head == model_.head() && round_ == 0;
    scheme_->join({edge.number, 0, edge.seed, id() > edge.peer, founding});
  }
  if (members_.size() != tuned_for_) {
    tuned_for_ = members_.size();
    step_ = consensus_step(terms_, tuned_for_);
  }
  share_ = static_cast<float>(step_ / (1 + degree));
}

// Where the middle one of the others is, the earlier one of two.
std::uint64_t Gossiper::middle_round() {
  std::vector<std::uint64_t> rounds;
  for (const Link* link : links_.peers()) {
    if (present(*link)) rounds.push_back(link->status->head.round);
  }
  if (rounds.empty()) return 0;
  const auto middle = rounds.begin() + static_cast<std::ptrdiff_t>((rounds.size() - 1) / 2);
  std::nth_element(rounds.begin(), middle, rounds.end());
  return *middle;
}

void Gossiper::begin_exchange() {
  round_ = model_.head().round;
  // Alone behind those who have ended, the rest of the way would lead away from them.
  if (!asynchronous() || members_.size() < 2) round_ = std::max(round_, middle_round());
  join_edges();
  phase_ = Phase::kExchanging;
  scheme_phase_ = 0;
  sent_ms_ = now_;
  until_ms_ = now_ + patience_ms();
  send_phase();
}

void Gossiper::send_phase() {
  for (Edge& edge : edges_) {
    if (!asynchronous()) edge.heard = false;
    edge.ahead_since_ms = -1;
  }
  std::vector<gossip::Message> mail;
  scheme_->send(static_cast<std::uint32_t>(round_), scheme_phase_, x_, mail);
  post(std::move(mail), round_, scheme_phase_);
  for (Edge& edge : edges_) {
    Link* const link = links_.of_peer(edge.peer);
    for (const Packet& packet : std::exchange(edge.early, {})) {
      if (place_of(packet.header.round, packet.header.phase) > place()) {
        edge.early.push_back(packet);
      } else if (link != nullptr && edge.joined) {
        take_in(edge, *link, packet);
      }
    }
  }
}

// --- the end of a phase and of a round

// Not constant: many times what neighbours usually take.
std::int64_t Gossiper::patience_ms() const {
  if (usual_ms_ < 0) return terms_.deadline_ms;
  return std::min(terms_.deadline_ms, terms_.deadline_ms / 4 + 8 * usual_ms_);
}

bool Gossiper::awaited(Edge& edge) {
  if (!edge.joined || edge.heard || !scheme_->awaits(edge.number)) return false;
  if (!confirmed(edge)) return false;
  // Who is further has sent what it will; that may be on its way still, unless later mail is here.
  if (!edge.early.empty()) return false;
  const Link& link = *links_.of_peer(edge.peer);
  if (link.status->head.round <= round_) return true;
  if (edge.ahead_since_ms < 0) edge.ahead_since_ms = now_;
  const bool grace = now_ - std::max(edge.ahead_since_ms, link.mail_heard_ms) < kGraceMs;
  look_again_ |= grace;
  return grace;
}

// Nobody was heard and most are further: to where they are, instead of a round alone.
bool Gossiper::jump() {
  if (asynchronous() || middle_round() <= round_) return false;
  for (const Edge& edge : edges_) {
    if (edge.heard) return false;
  }
  round_ = middle_round();
  scheme_phase_ = 0;
  send_phase();
  return true;
}

void Gossiper::exchange() {
  if (jump()) {
    changed_ = true;
    return;
  }
  bool due = false, firmly = false, heard = false;
  for (Edge& edge : edges_) {
    heard |= edge.heard;
    if (!awaited(edge)) continue;
    due = true;
    firmly |= !edge.missed;
  }
  // For who missed the last round only where otherwise nobody was heard: alone, one would run away.
  const bool waits = firmly || (due && !heard);
  if (waits && now_ < until_ms_) return;
  mix();
  changed_ = true;
  if (++scheme_phase_ < scheme_->phases()) return send_phase();
  end_round();
}

void Gossiper::mix() {
  for (const Edge& edge : edges_) {
    if (!edge.joined || !edge.heard || asynchronous()) continue;
    const auto weight = static_cast<double>(std::min(share_, edge.share));
    scheme_->join({edge.number, weight, edge.seed, id() > edge.peer, false});
  }
  scheme_->mix(static_cast<std::uint32_t>(round_), scheme_phase_, x_);
}

void Gossiper::measure() {
  const gossip::Met met = scheme_->take_met();
  if (met.neighbours == 0) return;
  double size = 1e-30;
  for (const float value : x_) size += static_cast<double>(value) * static_cast<double>(value);
  gossiped_.distance = std::sqrt(met.squares / met.neighbours / size);
}

void Gossiper::end_round() {
  measure();
  model_.gossiped(round_ + 1, x_);
  if (!asynchronous()) {
    trainee_.write(x_);
    model_changed_ = true;
  }
  tell_round();
  phase_ = Phase::kWaiting;
}

void Gossiper::tell_round() {
  Notice told;
  told.kind = Notice::Kind::kRoundCommitted;
  told.round = model_.head().round;
  told.weight = samples_;
  told.distance = gossiped_.distance;
  told.peers.push_back(id());
  for (Edge& edge : edges_) {
    const Link* const link = links_.of_peer(edge.peer);
    const bool behind = edge.joined && scheme_->awaits(edge.number) && link != nullptr &&
                        link->status && link->status->head.round <= round_;
    if (edge.heard) {
      add_sorted(told.peers, edge.peer);
    } else if (behind && !edge.missed) {
      edge.missed = true;
      notice(Notice::Kind::kPeerLate, told.round);
      out_.notices.back().peer = edge.peer;
      // It has to learn where we are by another way than mail.
      announce();
    }
    edge.heard = false;
  }
  told.count = static_cast<std::uint32_t>(told.peers.size());
  out_.notices.push_back(std::move(told));
}

}  // namespace deai::protocol
