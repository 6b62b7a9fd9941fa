#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "protocol/links.h"
#include "protocol/room_model.h"
#include "protocol/updates.h"

namespace deai::protocol {

// What a mesh member, a star member and a hub have in common: links, Status as the heartbeat, the
// room's model and handing it on, and asking one peer for one thing. Events go in with the time, an
// Outcome comes out. Everything that is due is found anew after each event (progress()), from the
// state and from what the peers' latest Status says, so a lost packet delays but never blocks.
class Node {
 public:
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  Outcome link_up(LinkId link, LinkKind kind, std::int64_t now_ms);
  Outcome link_down(LinkId link, std::int64_t now_ms);
  Outcome writable(LinkId link, std::uint32_t bytes, std::int64_t now_ms);
  Outcome received(LinkId link, ByteView frame, std::int64_t now_ms);
  Outcome time(std::int64_t now_ms);

  const PeerId& id() const { return key_.public_key(); }
  // For a recording, and for its replay, which is somebody without that one's private key: what it
  // signs nobody believes. Before any link.
  const Hash& link_secret() const { return links_.secret(); }
  void replay_as(const PeerId& id, const Hash& link_secret);
  bool has_link(LinkId link) { return links_.find(link) != nullptr; }
  const Head& head() const { return model_.head(); }
  // The room's model as it is here, until the next event; and a copy of it.
  std::span<const float> model() const { return model_.weights(); }
  std::vector<float> weights() const { return {model_.weights().begin(), model_.weights().end()}; }
  const Terms& terms() const { return terms_; }
  std::uint64_t sent_bytes() const { return links_.sent_bytes(); }
  std::uint64_t received_bytes() const { return links_.received_bytes(); }
  // Packets and parts of packets that are kept: bounded, whatever peers send.
  virtual std::size_t held_bytes() const { return links_.held_bytes(); }

 protected:
  Node(Terms terms, Role role, std::span<const std::uint8_t, 32> entropy,
       std::span<const float> initial);

  // The first thing of an event and the last.
  void begin(std::int64_t now_ms) { now_ = now_ms; }
  Outcome finish();

  virtual void progress() = 0;
  virtual Status status_for(const Link& link) const = 0;
  virtual void on_update(Link& link, const Packet& packet) = 0;
  virtual void on_commit(Link& link, const Packet& packet) = 0;
  virtual void on_model(Link& link, const Packet& packet) = 0;
  // Where there is none it is an offence.
  virtual void on_gossip(Link& link, const Packet&) { links_.offend(link); }
  virtual SharedBytes find_update(const Hash&) const { return nullptr; }
  virtual void on_absent_update(Link&, const Hash&) {}
  virtual void describe(Outcome&) {}
  // The next time at which something of the derived class is due.
  virtual std::int64_t due_ms() const { return kNever; }

  // A Status to everybody at the end of this event.
  void announce() { announce_ = true; }
  void notice(Notice::Kind kind, std::uint64_t round = 0, std::uint32_t count = 0);
  void warn(std::string text);
  void send(Link& link, Lane lane, Kind kind, const Bytes& body);
  void send_model(Link& link);
  // Heard lately: worth waiting for.
  bool lively(const Link& link) const { return now_ - link.heard_ms < kSilenceMs; }
  bool active(const Link& link) const { return lively(link) && link.status && link.status->active; }

  // Adaptive deadlines. An update of the peer came, or is still awaited, so long after a round's
  // wait began. What is kept forgets slowly: by a quarter a round, but rises at once.
  void observe(Link& link, std::int64_t spread_ms);
  // How long to wait for them: twice the time within which nine tenths of them came lately; one that
  // nothing is known of counts as the task's deadline, which is also the most.
  std::int64_t patience_ms(const std::vector<Link*>& peers) const;

  // One question at a time to one peer; given up when its answer makes no progress.
  struct Question {
    LinkId link = 0;
    Fetch fetch;
    std::int64_t asked_ms = 0;
  };
  void ask(Link& link, Kind what, const Hash& hash);
  // The peer's Status has shown an update of this round for a while, and nothing is asked for:
  // unless it is here, it was lost.
  bool update_overdue(const Link& link) const;
  // Whether this peer was asked for such a thing; if so, the question is answered by that.
  bool answers(const Link& link, Kind what);
  // The model of a packet. Of what is none: the peer has offended, and counts as failed().
  std::optional<RoomModel::Received> model_of(Link& link, const Packet& packet);
  // The peer did not, or not truly, answer: it is asked again only after a pause that doubles.
  void failed(Link& link);
  // Forgets a question whose link is gone or stalled. True: one is still open.
  bool question_open();
  bool stalled(const Link& link, std::int64_t since_ms) const {
    return now_ - std::max(since_ms, link.bulk_heard_ms) >= kStallMs ||
           now_ - std::max(since_ms, link.heard_ms) >= kQuietMs;
  }

  static constexpr std::int64_t kNever = INT64_MAX;
  Terms terms_;
  secure::SigningKey key_;
  Outcome out_;
  Links links_;
  RoomModel model_;
  UpdateReader reader_;
  std::int64_t now_ = 0;
  std::optional<Question> question_;

 private:
  void heartbeat();
  void tell_status();
  SharedBytes status_packet(const Status& status) const;
  void handle(Link& link, const Packet& packet);
  void on_status(Link& link, const Packet& packet);
  void on_fetch(Link& link, const Packet& packet);
  void on_absent(Link& link, const Packet& packet);

  bool announce_ = false;
  bool beat_ = false;              // a Status where nothing was sent for a while
  std::int64_t heartbeat_ms_ = 0;  // the next one
};

}  // namespace deai::protocol
