#include "protocol/node.h"

#include <algorithm>
#include <utility>

#include "secure/hash.h"

namespace deai::protocol {

namespace {

// Different secrets from one entropy.
Hash derive(std::span<const std::uint8_t, 32> entropy, std::uint8_t purpose) {
  ByteWriter out;
  out.bytes(entropy);
  out.u8(purpose);
  return secure::hash(out.view());
}

std::uint64_t seed_of(const PeerId& id) { return ByteReader(id).u64(); }

}  // namespace

Node::Node(Terms terms, Role role, std::span<const std::uint8_t, 32> entropy,
           std::span<const float> initial)
    : terms_(std::move(terms)),
      key_(derive(entropy, 1)),
      links_(terms_, role, key_, derive(entropy, 2), out_),
      model_(terms_, initial),
      reader_(terms_, seed_of(key_.public_key())) {}

void Node::replay_as(const PeerId& id, const Hash& link_secret) {
  key_.pretend(id);
  links_.set_secret(link_secret);
  reader_ = UpdateReader(terms_, seed_of(id));
}

Outcome Node::link_up(LinkId link, LinkKind kind, std::int64_t now_ms) {
  begin(now_ms);
  if (links_.empty()) heartbeat_ms_ = now_ms + kHeartbeatMs;
  links_.up(link, kind, now_ms);
  return finish();
}

Outcome Node::link_down(LinkId link, std::int64_t now_ms) {
  begin(now_ms);
  links_.down(link);
  return finish();
}

Outcome Node::writable(LinkId link, std::uint32_t bytes, std::int64_t now_ms) {
  begin(now_ms);
  links_.writable(link, bytes);
  return finish();
}

Outcome Node::received(LinkId link, ByteView frame, std::int64_t now_ms) {
  begin(now_ms);
  const Links::Received received = links_.received(link, frame, now_ms);
  if (received.proved_now) {
    links_.send(*received.link, Lane::kUrgent, Kind::kStatus,
                status_packet(status_for(*received.link)));
  }
  if (received.packet && !received.link->closed) handle(*received.link, *received.packet);
  return finish();
}

Outcome Node::time(std::int64_t now_ms) {
  begin(now_ms);
  return finish();
}

Outcome Node::finish() {
  if (!links_.empty() && now_ >= heartbeat_ms_) heartbeat();
  progress();
  if (announce_ || beat_) {
    tell_status();
    announce_ = beat_ = false;
  }
  links_.flush();
  std::int64_t wake = due_ms();
  if (!links_.empty()) wake = std::min(wake, heartbeat_ms_);
  // Something open is looked after twice in each grace.
  if (question_) wake = std::min(wake, now_ + kGraceMs / 2);
  out_.wake_at_ms = wake == kNever ? -1 : std::max(wake, now_ + 1);
  describe(out_);
  return std::exchange(out_, Outcome{});
}

// One packet for all that are told the same.
void Node::tell_status() {
  std::optional<Status> last;
  SharedBytes packet;
  for (Link* link : links_.peers()) {
    // Gossip is a sign of life, too.
    if (!announce_ && now_ - link->gossip_ms < kHeartbeatMs) continue;
    const Status status = status_for(*link);
    if (status != last) packet = status_packet(status);
    last = status;
    links_.send(*link, Lane::kUrgent, Kind::kStatus, packet);
  }
}

SharedBytes Node::status_packet(const Status& status) const {
  const Head& head = model_.head();
  return links_.writer().write(Kind::kStatus, head.round, head.parent, write_status(status));
}

void Node::heartbeat() {
  heartbeat_ms_ = now_ + kHeartbeatMs;
  links_.remind(now_);
  beat_ = true;
}

void Node::handle(Link& link, const Packet& packet) {
  switch (packet.header.kind) {
    case Kind::kStatus:
      return on_status(link, packet);
    case Kind::kUpdate:
      if (question_ && question_->link == link.id &&
          question_->fetch.hash == packet.header.digest) {
        question_.reset();
      }
      return on_update(link, packet);
    case Kind::kCommit:
      return on_commit(link, packet);
    case Kind::kFetch:
      return on_fetch(link, packet);
    case Kind::kAbsent:
      return on_absent(link, packet);
    case Kind::kModel:
      return on_model(link, packet);
    case Kind::kGossip:
      return on_gossip(link, packet);
    case Kind::kHello:
    case Kind::kProof:
    case Kind::kBye:
      return;  // dealt with by Links
  }
}

void Node::on_status(Link& link, const Packet& packet) {
  const std::optional<Status> status = read_status(packet);
  if (!status) return links_.offend(link);
  if (!link.status || link.status->head != status->head) link.head_since_ms = now_;
  if (!link.status || link.status->update != status->update) link.update_since_ms = now_;
  link.status = status;
}

void Node::on_fetch(Link& link, const Packet& packet) {
  const std::optional<Fetch> fetch = read_fetch(packet);
  if (!fetch) return links_.offend(link);
  if (fetch->what == Kind::kModel) return send_model(link);
  SharedBytes found;
  if (fetch->what == Kind::kUpdate) {
    found = find_update(fetch->hash);
  } else if (model_.head().hash == fetch->hash) {
    found = model_.commit_packet();
  }
  const Lane lane = fetch->what == Kind::kUpdate ? Lane::kBulk : Lane::kUrgent;
  // Who asks faster than it takes is not served beyond that.
  if (found && link.queue.queued_bytes() <= 4 * links_.max_packet_bytes()) {
    links_.send(link, lane, fetch->what, std::move(found));
  } else {
    send(link, Lane::kUrgent, Kind::kAbsent, write_fetch(*fetch));
  }
}

void Node::on_absent(Link& link, const Packet& packet) {
  const std::optional<Fetch> absent = read_fetch(packet);
  if (!absent) return links_.offend(link);
  if (question_ && question_->link == link.id && question_->fetch.what == absent->what &&
      question_->fetch.hash == absent->hash) {
    failed(link);
  } else if (absent->what == Kind::kUpdate) {
    on_absent_update(link, absent->hash);
  }
}

void Node::send_model(Link& link) {
  links_.send(link, Lane::kBulk, Kind::kModel, model_.packet(links_.writer()));
}

void Node::send(Link& link, Lane lane, Kind kind, const Bytes& body) {
  const Head& head = model_.head();
  links_.send(link, lane, kind, links_.writer().write(kind, head.round, head.parent, body));
}

void Node::ask(Link& link, Kind what, const Hash& hash) {
  const Fetch fetch{what, hash};
  question_ = Question{link.id, fetch, now_};
  send(link, Lane::kUrgent, Kind::kFetch, write_fetch(fetch));
}

bool Node::update_overdue(const Link& link) const {
  const Status& status = *link.status;
  if (question_ || status.update == Hash{} || status.head != model_.head()) return false;
  const std::int64_t quiet_ms = std::max(link.update_since_ms, link.bulk_heard_ms);
  return now_ >= link.retry_ms && now_ - quiet_ms >= 2 * kHeartbeatMs;
}

void Node::observe(Link& link, std::int64_t spread_ms) {
  link.spread_ms = std::max(spread_ms, (3 * link.spread_ms + spread_ms) / 4);
}

std::int64_t Node::patience_ms(const std::vector<Link*>& peers) const {
  const std::int64_t most = terms_.deadline_ms;
  std::vector<std::int64_t> spreads;
  for (const Link* link : peers) {
    spreads.push_back(link->spread_ms < 0 ? most : std::min(link->spread_ms, most));
  }
  std::int64_t patience = spreads.empty() ? most : kNever;
  for (const std::int64_t spread : spreads) {
    std::size_t within = 0;
    for (const std::int64_t other : spreads) within += other <= spread;
    if (10 * within >= 9 * spreads.size()) patience = std::min(patience, 2 * spread);
  }
  return std::clamp(patience, std::min(kLeastPatienceMs, most), most);
}

bool Node::answers(const Link& link, Kind what) {
  const bool asked = question_ && question_->link == link.id && question_->fetch.what == what;
  if (asked) question_.reset();
  return asked;
}

std::optional<RoomModel::Received> Node::model_of(Link& link, const Packet& packet) {
  std::optional<RoomModel::Received> received = model_.read(packet);
  if (!received) {
    failed(link);
    links_.offend(link);
  }
  return received;
}

void Node::failed(Link& link) {
  constexpr std::uint32_t kMaxDoublings = 6;
  link.retry_ms = now_ + (kGraceMs << std::min(link.failures, kMaxDoublings));
  ++link.failures;
  if (question_ && question_->link == link.id) question_.reset();
}

bool Node::question_open() {
  if (!question_) return false;
  Link* link = links_.find(question_->link);
  if (link == nullptr) {
    question_.reset();
  } else if (stalled(*link, question_->asked_ms)) {
    failed(*link);
  }
  return question_.has_value();
}

void Node::notice(Notice::Kind kind, std::uint64_t round, std::uint32_t count) {
  Notice& added = out_.notices.emplace_back();
  added.kind = kind;
  added.round = round;
  added.count = count;
}

void Node::warn(std::string text) {
  notice(Notice::Kind::kWarning);
  out_.notices.back().text = std::move(text);
}

}  // namespace deai::protocol
