#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "protocol/frame.h"
#include "protocol/messages.h"
#include "protocol/terms.h"
#include "secure/signature.h"

namespace deai::protocol {

// One way to one peer, and what the peer said of itself there.
struct Link {
  static constexpr std::int64_t kLongAgo = -1'000'000'000;
  LinkId id = 0;
  LinkKind kind = LinkKind::kPeer;
  Hash nonce{};  // our challenge
  std::optional<Hello> hello;
  bool proven = false;  // the peer holds the key hello->id
  bool closed = false;  // forgotten at the end of the event
  std::uint32_t offences = 0;
  std::uint32_t greetings = 0;
  std::int64_t up_ms = 0;
  std::int64_t heard_ms = 0;       // anything
  std::int64_t bulk_heard_ms = 0;  // part of a big packet
  std::int64_t mail_heard_ms = 0;  // part of gossip
  Reassembler lanes[kLanes];
  SendQueue queue;

  std::optional<Status> status;
  std::int64_t head_since_ms = 0;     // its status shows this head since
  std::int64_t update_since_ms = 0;   // its status shows this update since
  std::int64_t gossip_ms = kLongAgo;  // gossip was sent
  Hash update_sent{};                 // digest of the update of ours that it got last
  std::int64_t spread_ms = -1;        // how late its updates come, as Node::observe() says
  std::uint32_t failures = 0;         // what we asked it for in vain
  std::int64_t retry_ms = 0;          // nothing is asked for before

  const PeerId& peer() const { return hello->id; }
};

// All links of one participant or coordinator: framing, the mutual proof of keys, offences and
// back-pressure. What passes is a sound packet of this room and task from a peer with a proven key.
//
// Handshake, symmetric: each end sends Hello{role, key, nonce}; each answers the other's Hello by
// Proof, signed over both keys and the other's nonce.
class Links {
 public:
  struct Received {
    Link* link = nullptr;
    bool proved_now = false;       // the link's peer proved its key by this
    std::optional<Packet> packet;  // of a later kind than Hello and Proof
  };

  Links(const Terms& terms, Role role, const secure::SigningKey& key, const Hash& secret,
        Outcome& out);

  void up(LinkId id, LinkKind kind, std::int64_t now_ms);
  // The link is gone; true: and with it the peer.
  bool down(LinkId id);
  void writable(LinkId id, std::size_t bytes);
  Received received(LinkId id, ByteView frame, std::int64_t now_ms);

  void send(Link& link, Lane lane, Kind kind, SharedBytes packet, bool supersedes = false);
  // Closes at once and says why.
  void refuse(Link& link, Reason reason);
  // Closes after kMaxOffences of them.
  void offend(Link& link);

  // Hello once more on links without proof; closes those that took too long.
  void remind(std::int64_t now_ms);
  // Frames into the outcome, as far as windows allow; forgets closed links.
  void flush();

  Link* find(LinkId id);
  // One link per proven peer, the newest; sorted by peer.
  std::vector<Link*> peers();
  Link* of_peer(const PeerId& id);
  std::size_t peer_count() const { return newest_.size(); }
  bool empty() const { return links_.empty(); }
  const PacketWriter& writer() const { return writer_; }
  // What the nonces of all links come from.
  const Hash& secret() const { return secret_; }
  void set_secret(const Hash& secret) { secret_ = secret; }
  std::size_t held_bytes() const;
  std::uint64_t sent_bytes() const;
  std::uint64_t received_bytes() const { return received_bytes_; }
  std::size_t max_packet_bytes() const { return max_packet_bytes_; }

 private:
  void greet(Link& link);
  void on_hello(Link& link, const Packet& packet);
  bool on_proof(Link& link, const Packet& packet);
  void on_bye(Link& link, const Packet& packet);
  bool of_this_room(Link& link, const Header& header);
  void close(Link& link);
  bool forget_peer_of(Link& link);
  void notice_refused(const Link& link, std::string text);
  std::size_t limit(Lane lane) const;

  const Terms& terms_;
  Role role_;
  const secure::SigningKey& key_;
  Hash secret_;
  Outcome& out_;
  PacketWriter writer_;
  std::size_t max_packet_bytes_;
  std::map<LinkId, Link> links_;
  std::map<PeerId, LinkId> newest_;
  std::vector<Link*> peers_;             // the same, as peers() gives them
  bool peers_known_ = true;              // newest_ has not changed since
  std::uint64_t sent_bytes_before_ = 0;  // on links that are gone
  std::uint64_t received_bytes_ = 0;
};

}  // namespace deai::protocol
