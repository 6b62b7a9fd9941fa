#include "protocol/links.h"

#include <algorithm>

#include "aggregate/exact_mean.h"
#include "base/error.h"
#include "codec/codec.h"
#include "protocol/room_model.h"
#include "secure/hash.h"

namespace deai::protocol {

namespace {

// Enough for Hello, Proof and Bye.
constexpr std::size_t kUnprovenBytes = 1024;
constexpr std::uint32_t kMaxGreetings = 32;

std::size_t max_packet(const Terms& terms) {
  // A Model: commit packet and floats in one body; an update, gossip.
  const std::size_t numbers =
      codec::make_any(terms.codec, {terms.tensors})->max_bytes(terms.weight_count);
  return 2 * kHeaderBytes + max_commit_bytes() + 64 +
         std::max(numbers, model_numbers(terms) * sizeof(float));
}

}  // namespace

Links::Links(const Terms& terms, Role role, const secure::SigningKey& key, const Hash& secret,
             Outcome& out)
    : terms_(terms),
      role_(role),
      key_(key),
      secret_(secret),
      out_(out),
      writer_(terms, key),
      max_packet_bytes_(max_packet(terms)) {}

void Links::up(LinkId id, LinkKind kind, std::int64_t now_ms) {
  const auto [place, fresh] = links_.try_emplace(id);
  if (!fresh) return;
  Link& link = place->second;
  link.id = id;
  link.kind = kind;
  link.up_ms = link.heard_ms = now_ms;
  ByteWriter seed;
  seed.bytes(secret_);
  seed.u32(id);
  link.nonce = secure::hash(seed.view());
  greet(link);
}

void Links::greet(Link& link) {
  const Bytes body = write_hello({role_, key_.public_key(), link.nonce});
  send(link, Lane::kUrgent, Kind::kHello, writer_.write(Kind::kHello, 0, {}, body));
}

bool Links::down(LinkId id) {
  Link* link = find(id);
  if (link == nullptr) return false;
  link->closed = true;
  return forget_peer_of(*link);
}

bool Links::forget_peer_of(Link& link) {
  if (!link.proven) return false;
  const auto place = newest_.find(link.peer());
  if (place == newest_.end() || place->second != link.id) return false;
  newest_.erase(place);
  peers_known_ = false;
  for (auto& [id, other] : links_) {
    if (!other.closed && other.proven && other.peer() == link.peer()) {
      newest_[link.peer()] = id;  // ids rise, so the newest of the rest stays
    }
  }
  if (newest_.contains(link.peer())) return false;
  Notice notice;
  notice.kind = Notice::Kind::kPeerLeft;
  notice.peer = link.peer();
  out_.notices.push_back(std::move(notice));
  return true;
}

void Links::close(Link& link) {
  link.queue.pump(link.id, out_.sends);
  out_.closes.push_back(link.id);
  link.closed = true;
  forget_peer_of(link);
}

void Links::writable(LinkId id, std::size_t bytes) {
  if (Link* link = find(id)) link->queue.drained(bytes);
}

std::size_t Links::limit(Lane lane) const {
  return lane == Lane::kUrgent ? kHeaderBytes + max_commit_bytes() : max_packet_bytes_;
}

Links::Received Links::received(LinkId id, ByteView bytes, std::int64_t now_ms) {
  Received result;
  Link* link = find(id);
  if (link == nullptr) return result;
  result.link = link;
  received_bytes_ += bytes.size();

  Lane lane = Lane::kUrgent;
  Reassembler::Frame frame;
  if (!read_frame(bytes, lane, frame)) {
    offend(*link);
    return result;
  }
  // What comes before its sender's Proof, because that was lost or overtaken, is lost with it.
  if (!link->proven && (lane != Lane::kUrgent || frame.length > kUnprovenBytes)) return result;
  Reassembler& reassembler = link->lanes[static_cast<std::size_t>(lane)];
  const auto verdict = reassembler.add(frame, limit(lane));
  if (verdict == Reassembler::Verdict::kJunk) offend(*link);
  if (link->closed || verdict == Reassembler::Verdict::kJunk) return result;
  link->heard_ms = now_ms;
  if (lane == Lane::kBulk) link->bulk_heard_ms = now_ms;
  if (lane == Lane::kMail) link->mail_heard_ms = now_ms;
  if (verdict != Reassembler::Verdict::kPacket) return result;

  std::optional<Packet> packet = read_packet(reassembler.take());
  if (!packet) {
    offend(*link);
  } else if (packet->header.kind == Kind::kBye) {
    on_bye(*link, *packet);
  } else if (packet->header.kind != Kind::kGossip && !of_this_room(*link, packet->header)) {
  } else if (packet->header.kind == Kind::kHello) {
    on_hello(*link, *packet);
  } else if (packet->header.kind == Kind::kProof) {
    result.proved_now = on_proof(*link, *packet);
  } else if (link->proven) {
    result.packet = std::move(packet);
  }
  return result;
}

bool Links::of_this_room(Link& link, const Header& header) {
  if (header.room != terms_.room) {
    refuse(link, Reason::kOtherRoom);
  } else if (header.task != terms_.task) {
    refuse(link, Reason::kOtherTask);
  } else if (header.layout != terms_.layout) {
    refuse(link, Reason::kOtherModel);
  }
  return !link.closed;
}

void Links::on_hello(Link& link, const Packet& packet) {
  const std::optional<Hello> hello = read_hello(packet);
  if (!hello) return offend(link);
  if (link.hello) {  // again, when our Proof was lost; never with another key
    if (hello->id != link.hello->id || hello->nonce != link.hello->nonce ||
        ++link.greetings > kMaxGreetings) {
      return offend(link);
    }
  }
  const bool hub_expected = link.kind == LinkKind::kCoordinator;
  if (hub_expected != (hello->role == Role::kHub)) return refuse(link, Reason::kRole);
  if (hello->id == key_.public_key()) return refuse(link, Reason::kSelf);
  link.hello = hello;
  const Bytes body = write_proof({key_.public_key(), hello->id, hello->nonce});
  send(link, Lane::kUrgent, Kind::kProof, writer_.write(Kind::kProof, 0, {}, body, true));
}

bool Links::on_proof(Link& link, const Packet& packet) {
  const std::optional<Proof> proof = read_proof(packet);
  if (link.proven) return false;  // again
  if (!proof || !link.hello || proof->signer != link.hello->id ||
      proof->audience != key_.public_key() || proof->nonce != link.nonce ||
      !signature_holds(packet)) {
    offend(link);
    return false;
  }
  const std::size_t most =
      role_ == Role::kHub ? aggregate::kMaxMembers : std::size_t{terms_.max_participants} - 1;
  const bool known = newest_.contains(link.peer());
  if (link.kind == LinkKind::kPeer && !known && newest_.size() >= most) {
    refuse(link, Reason::kFull);
    return false;
  }
  link.proven = true;
  newest_[link.peer()] = link.id;
  peers_known_ = false;
  if (!known) {
    Notice notice;
    notice.kind = Notice::Kind::kPeerJoined;
    notice.peer = link.peer();
    out_.notices.push_back(std::move(notice));
  }
  return true;
}

void Links::on_bye(Link& link, const Packet& packet) {
  const std::optional<Reason> reason = read_bye(packet);
  if (!reason) return offend(link);
  if (*reason != Reason::kLeaving) {
    notice_refused(link, text("the other end closed the link: ", reason_text(*reason)));
  }
  close(link);
}

void Links::send(Link& link, Lane lane, Kind kind, SharedBytes packet, bool supersedes) {
  if (link.closed) return;
  link.queue.push(lane, kind, std::move(packet), supersedes);
  // By construction a queue holds little more than one of each big kind; a link that takes nothing
  // while its peer goes on asking is given up.
  if (link.queue.queued_bytes() > 8 * max_packet_bytes_) refuse(link, Reason::kSlow);
}

void Links::refuse(Link& link, Reason reason) {
  if (link.closed) return;
  notice_refused(link, reason_text(reason));
  link.queue.push(Lane::kUrgent, Kind::kBye, writer_.write(Kind::kBye, 0, {}, write_bye(reason)));
  close(link);
}

void Links::offend(Link& link) {
  if (!link.closed && ++link.offences >= kMaxOffences) refuse(link, Reason::kJunk);
}

void Links::notice_refused(const Link& link, std::string text) {
  Notice notice;
  notice.kind = Notice::Kind::kPeerRefused;
  if (link.hello) notice.peer = link.hello->id;
  notice.count = link.id;
  notice.text = std::move(text);
  out_.notices.push_back(std::move(notice));
}

void Links::remind(std::int64_t now_ms) {
  for (auto& [id, link] : links_) {
    if (link.closed || link.proven) continue;
    if (now_ms - link.up_ms >= kHandshakeMs) {
      refuse(link, Reason::kSilent);
    } else {
      greet(link);
    }
  }
}

void Links::flush() {
  for (auto place = links_.begin(); place != links_.end();) {
    Link& link = place->second;
    if (!link.closed) link.queue.pump(link.id, out_.sends);
    if (link.closed) sent_bytes_before_ += link.queue.sent_bytes();
    place = link.closed ? links_.erase(place) : std::next(place);
  }
}

Link* Links::find(LinkId id) {
  const auto place = links_.find(id);
  return place == links_.end() || place->second.closed ? nullptr : &place->second;
}

std::vector<Link*> Links::peers() {
  if (!peers_known_) {
    peers_.clear();
    for (const auto& [peer, id] : newest_) peers_.push_back(&links_.at(id));
    peers_known_ = true;
  }
  return peers_;
}

Link* Links::of_peer(const PeerId& id) {
  const auto place = newest_.find(id);
  return place == newest_.end() ? nullptr : find(place->second);
}

std::size_t Links::held_bytes() const {
  std::size_t sum = 0;
  for (const auto& [id, link] : links_) {
    sum += link.queue.queued_bytes();
    for (const Reassembler& lane : link.lanes) sum += lane.held_bytes();
  }
  return sum;
}

std::uint64_t Links::sent_bytes() const {
  std::uint64_t sum = sent_bytes_before_;
  for (const auto& [id, link] : links_) sum += link.queue.sent_bytes();
  return sum;
}

}  // namespace deai::protocol
