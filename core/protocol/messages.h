#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "protocol/head.h"
#include "protocol/packet.h"

// The bodies of packets. write_x gives the body's bytes; read_x is a verdict on strangers' bytes.
// Where a head is sent, its round and parent stand in the packet's header.
namespace deai::protocol {

enum class Role : std::uint8_t { kMember = 1, kHub = 2 };

struct Hello {
  Role role = Role::kMember;
  PeerId id{};
  Hash nonce{};
};

// Signed: names both ends and the nonce of the other end's Hello.
struct Proof {
  PeerId signer{};
  PeerId audience{};
  Hash nonce{};
};

struct Status {
  Head head;
  bool active = false;        // takes part in rounds
  bool neighbour = false;     // of gossip: the link is an edge of the graph that it draws
  bool resting = false;       // from a hub: the other end is not drawn for this round
  std::uint32_t missing = 0;  // from a hub: participants that lack to start a round
  Hash update{};              // digest of its update on top of this head; zeros: none yet

  friend bool operator==(const Status&, const Status&) = default;
};

// Signed. The header's round is the one that the update is for, its parent the model it is on.
struct UpdateHead {
  PeerId signer{};
  std::uint32_t weight = 0;  // training samples of the local steps
  std::uint8_t codec = 0;
  ByteView payload;
};

struct CommitEntry {
  PeerId id{};
  std::uint32_t weight = 0;
  Hash digest{};

  friend bool operator==(const CommitEntry&, const CommitEntry&) = default;
};

// Signed. The header's round is the new one, its parent the model before.
struct Commit {
  PeerId signer{};
  Head head;                         // the result
  std::vector<CommitEntry> entries;  // sorted by id, each id once
  std::vector<PeerId> view;          // sorted: who is expected in the next round
};

struct Fetch {
  Kind what = Kind::kModel;  // kModel: the present one; kCommit: the one that made model `hash`;
  Hash hash{};               // kUpdate: the one with digest `hash`
};

struct ModelBody {
  Head head;
  ByteView commit;  // the packet that made it; empty in round 0
  std::uint8_t codec = 0;
  ByteView payload;
};

enum class Reason : std::uint8_t {
  kLeaving = 1,
  kOtherRoom = 2,
  kOtherTask = 3,
  kOtherModel = 4,
  kJunk = 5,
  kFull = 6,
  kRole = 7,    // a coordinator where a peer was expected, or the other way round
  kSelf = 8,    // both ends have the same key
  kSilent = 9,  // no proof of a key in time
  kSlow = 10,   // the queue for this link grew too long
};

Bytes write_hello(const Hello& hello);
Bytes write_proof(const Proof& proof);
Bytes write_status(const Status& status);
Bytes write_update_head(const UpdateHead& update);  // the payload is appended by the caller
Bytes write_commit(const Commit& commit);
Bytes write_fetch(const Fetch& fetch);
Bytes write_model_head(const ModelBody& model);  // the payload is appended by the caller
Bytes write_bye(Reason reason);

std::optional<Hello> read_hello(const Packet& packet);
std::optional<Proof> read_proof(const Packet& packet);
std::optional<Status> read_status(const Packet& packet);
std::optional<UpdateHead> read_update(const Packet& packet);
std::optional<Commit> read_commit(const Packet& packet);
std::optional<Fetch> read_fetch(const Packet& packet);  // Fetch and Absent
std::optional<ModelBody> read_model(const Packet& packet);
std::optional<Reason> read_bye(const Packet& packet);

// The longest Commit body: kMaxMembers entries, as many in the next view.
std::size_t max_commit_bytes();
// For people.
const char* reason_text(Reason reason);

}  // namespace deai::protocol
