// Partial participation: in a large room a round takes some of the members, drawn by the hub; the
// others get its model and go on. The lowest of H(room, round, id) are drawn, so that nobody is
// preferred, and everybody's turn comes.
#include <algorithm>
#include <cmath>

#include "protocol/hub.h"
#include "protocol/ranking.h"

namespace deai::protocol {

namespace {

bool holds(const std::vector<PeerId>& sorted, const PeerId& id) {
  return std::binary_search(sorted.begin(), sorted.end(), id);
}

}  // namespace

// Who has our model, or gets it just now.
std::vector<Link*> Hub::candidates() {
  std::vector<Link*> out = members();
  const Head& ours = model_.head();
  std::erase_if(out, [&](const Link* link) {
    const Hash& theirs = link->status->head.hash;
    return theirs != ours.hash && (ours.round == 0 || theirs != ours.parent);
  });
  return out;
}

std::size_t Hub::sample_size(std::size_t candidates) const {
  const double size = terms_.sample < 1 ? std::ceil(terms_.sample * static_cast<double>(candidates))
                                        : terms_.sample;
  return std::min(static_cast<std::size_t>(size), candidates);
}

// Who was drawn stays drawn. Who left makes room for the next in line.
void Hub::draw() {
  if (!draws()) return;
  std::vector<Link*> from = candidates();
  std::erase_if(drawn_, [&](const PeerId& peer) {
    const Link* link = links_.of_peer(peer);
    return !taken_.contains(peer) && (link == nullptr || !active(*link));
  });
  std::erase_if(late_, [&](const PeerId& peer) { return links_.of_peer(peer) == nullptr; });
  const std::size_t size = sample_size(from.size());
  if (drawn_.size() >= size) return;
  std::erase_if(from, [&](const Link* link) {
    return holds(drawn_, link->peer()) || holds(late_, link->peer());
  });
  std::vector<Hash> places;
  for (const Link* link : from) {
    places.push_back(precedence(terms_.room, model_.head().round + 1, link->peer()));
  }
  while (drawn_.size() < size && !from.empty()) {
    const auto first = std::min_element(places.begin(), places.end()) - places.begin();
    add_sorted(drawn_, from[static_cast<std::size_t>(first)]->peer());
    from.erase(from.begin() + first);
    places.erase(places.begin() + first);
    announce();
  }
  // Should none of them ever send, others are drawn.
  if (until_ms_ == kNever && !drawn_.empty()) until_ms_ = now_ + terms_.deadline_ms;
}

// Those that are awaited are late. Drawn, they may still send when they are ready.
void Hub::give_up_waiting() {
  for (const PeerId& peer : awaited()) {
    notice(Notice::Kind::kPeerLate, model_.head().round + 1);
    out_.notices.back().peer = peer;
    if (Link* link = links_.of_peer(peer); link != nullptr && !taken_.empty()) {
      observe(*link, now_ - first_ms_);
    }
    if (draws()) add_sorted(late_, peer);
  }
  std::erase_if(late_, [&](const PeerId& peer) { return taken_.contains(peer); });
  std::erase_if(drawn_, [&](const PeerId& peer) { return !taken_.contains(peer); });
}

bool Hub::may_send(const PeerId& peer) const {
  return !draws() || holds(drawn_, peer) || holds(late_, peer);
}

}  // namespace deai::protocol
