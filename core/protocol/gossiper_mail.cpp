// Gossip packets, out and in.
#include <algorithm>
#include <utility>

#include "protocol/gossip_mail.h"
#include "protocol/gossiper.h"

namespace deai::protocol {

namespace {

// Of one neighbour: its next phase, and one more.
constexpr std::size_t kMostEarly = 2;

}  // namespace

// One packet for each neighbour; the same one where the messages are the same.
void Gossiper::post(std::vector<gossip::Message> mail, std::uint64_t round, std::uint32_t phase) {
  std::span<const gossip::Message> rest = mail, before;
  SharedBytes packet;
  bool waited = false;
  while (!rest.empty()) {
    std::size_t count = 1;
    while (count < rest.size() && rest[count].peer == rest.front().peer) ++count;
    const auto batch = rest.first(count);
    rest = rest.subspan(count);
    const auto edge = std::find_if(edges_.begin(), edges_.end(), [&](const Edge& one) {
      return one.number == batch.front().peer && one.joined;
    });
    Link* const link = edge == edges_.end() ? nullptr : links_.of_peer(edge->peer);
    // A link that is still full of what was sent before: this is as good as lost.
    if (link == nullptr || link->queue.queued_bytes() > 2 * links_.max_packet_bytes()) continue;
    const bool same =
        packet && waited == !edge->missed &&
        std::equal(batch.begin(), batch.end(), before.begin(), before.end(),
                   [](const gossip::Message& a, const gossip::Message& b) {
                     return a.kind == b.kind && a.sequence == b.sequence && a.bytes == b.bytes;
                   });
    if (!same) {
      packet = PacketWriter::write_gossip(static_cast<std::uint32_t>(round),
                                          static_cast<std::uint8_t>(phase),
                                          write_mail(share_, !edge->missed, batch));
    }
    waited = !edge->missed;
    before = batch;
    links_.send(*link, Lane::kMail, Kind::kGossip, packet);
    link->gossip_ms = now_;
    const std::size_t bytes = protocol::payload_bytes(batch);
    gossiped_.payload_bytes += bytes;
    if (phase == 0 && bytes > 0) gossiped_.full_bytes += terms_.weight_count * sizeof(float);
  }
}

void Gossiper::on_gossip(Link& link, const Packet& packet) {
  if (!link.status || !running()) return;
  // It sends to whom it has confirmed.
  link.status->neighbour = true;
  link.status->head.round = std::max(link.status->head.round, packet.header.round);
  const auto edge = std::find_if(edges_.begin(), edges_.end(),
                                 [&](const Edge& one) { return one.peer == link.peer(); });
  if (edge == edges_.end()) return;
  const bool exchanging = phase_ == Phase::kExchanging;
  const std::uint64_t theirs = place_of(packet.header.round, packet.header.phase);
  if (asynchronous() || (exchanging && theirs <= place())) {
    if (scheme_ && edge->joined) take_in(*edge, link, packet);
    return;
  }
  if (exchanging || packet.header.round >= model_.head().round) edge->early.push_back(packet);
  // Some schemes have a use for what comes at the wrong time.
  if (!edge->early.empty() && edge->early.size() <= kMostEarly) return;
  Packet odd = packet;
  if (!edge->early.empty()) {
    odd = std::move(edge->early.front());
    edge->early.erase(edge->early.begin());
  }
  if (scheme_ && edge->joined) take_in(*edge, link, odd);
}

void Gossiper::take_in(Edge& edge, Link& link, const Packet& packet) {
  const std::optional<GossipMail> mail = read_mail(packet.body);
  if (!mail) return links_.offend(link);
  if (asynchronous()) x_ = trained();
  const std::vector<float> before = asynchronous() ? x_ : std::vector<float>();
  std::vector<gossip::Message> answers;
  bool refused = false;
  for (gossip::Message message : mail->messages) {
    message.peer = edge.number;
    refused |= scheme_->receive(message, x_, answers) == gossip::Verdict::kRefused;
  }
  if (refused) return links_.offend(link);
  if (asynchronous()) {
    edge.heard = true;
    if (x_ != before) {
      trainee_.write(x_);
      model_changed_ = true;
    }
    return post(std::move(answers), model_.head().round, 0);
  }
  post(std::move(answers), model_.head().round, 0);
  edge.share = mail->share;
  // Whoever sends is worth waiting for.
  edge.missed = false;
  if (!mail->waits || phase_ != Phase::kExchanging ||
      place_of(packet.header.round, packet.header.phase) != place()) {
    return;
  }
  edge.heard = true;
  const std::int64_t waited_ms = now_ - sent_ms_;
  usual_ms_ = usual_ms_ < 0 ? waited_ms : usual_ms_ + (waited_ms - usual_ms_) / 8;
}

}  // namespace deai::protocol
