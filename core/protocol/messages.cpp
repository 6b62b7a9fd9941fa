#include "protocol/messages.h"

#include "aggregate/exact_mean.h"

namespace deai::protocol {

namespace {

constexpr std::size_t kEntryBytes = 32 + 4 + 32;
// Flags of a Status.
constexpr int kActive = 1;
constexpr int kNeighbour = 2;
constexpr int kResting = 4;

// Strictly rising: sorted, and nobody twice.
bool rising(const PeerId* before, const PeerId& id) { return before == nullptr || *before < id; }

}  // namespace

std::size_t max_commit_bytes() {
  return 32 + 32 + 8 + 4 + aggregate::kMaxMembers * (kEntryBytes + sizeof(PeerId));
}

Bytes write_hello(const Hello& hello) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(hello.role));
  out.bytes(hello.id);
  out.bytes(hello.nonce);
  return out.take();
}

std::optional<Hello> read_hello(const Packet& packet) {
  ByteReader in(packet.body);
  Hello hello;
  const std::uint8_t role = in.u8();
  in.fill(hello.id);
  in.fill(hello.nonce);
  if (!in.done() || (role != 1 && role != 2)) return std::nullopt;
  hello.role = static_cast<Role>(role);
  return hello;
}

Bytes write_proof(const Proof& proof) {
  ByteWriter out;
  out.bytes(proof.signer);
  out.bytes(proof.audience);
  out.bytes(proof.nonce);
  return out.take();
}

std::optional<Proof> read_proof(const Packet& packet) {
  ByteReader in(packet.body);
  Proof proof;
  in.fill(proof.signer);
  in.fill(proof.audience);
  in.fill(proof.nonce);
  if (!in.done()) return std::nullopt;
  return proof;
}

Bytes write_status(const Status& status) {
  ByteWriter out;
  out.bytes(status.head.hash);
  out.u64(status.head.weight);
  out.u8(static_cast<std::uint8_t>(status.active * kActive + status.neighbour * kNeighbour +
                                   status.resting * kResting));
  out.u32(status.missing);
  out.bytes(status.update);
  return out.take();
}

std::optional<Status> read_status(const Packet& packet) {
  ByteReader in(packet.body);
  Status status;
  status.head.round = packet.header.round;
  status.head.parent = packet.header.parent;
  in.fill(status.head.hash);
  status.head.weight = in.u64();
  const std::uint8_t flags = in.u8();
  status.missing = in.u32();
  in.fill(status.update);
  constexpr int kKnown = kActive | kNeighbour | kResting;
  if (!in.done() || (flags & ~kKnown) != 0 || !plausible(status.head)) return std::nullopt;
  status.active = (flags & kActive) != 0;
  status.neighbour = (flags & kNeighbour) != 0;
  status.resting = (flags & kResting) != 0;
  return status;
}

Bytes write_update_head(const UpdateHead& update) {
  ByteWriter out;
  out.bytes(update.signer);
  out.u32(update.weight);
  out.u8(update.codec);
  return out.take();
}

std::optional<UpdateHead> read_update(const Packet& packet) {
  ByteReader in(packet.body);
  UpdateHead update;
  in.fill(update.signer);
  update.weight = in.u32();
  update.codec = in.u8();
  update.payload = in.bytes(in.left());
  if (!in.ok() || update.weight == 0 || update.weight > aggregate::kMaxWeight) return std::nullopt;
  return update;
}

Bytes write_commit(const Commit& commit) {
  ByteWriter out;
  out.bytes(commit.signer);
  out.bytes(commit.head.hash);
  out.u64(commit.head.weight);
  out.u16(static_cast<std::uint16_t>(commit.entries.size()));
  for (const CommitEntry& entry : commit.entries) {
    out.bytes(entry.id);
    out.u32(entry.weight);
    out.bytes(entry.digest);
  }
  out.u16(static_cast<std::uint16_t>(commit.view.size()));
  for (const PeerId& id : commit.view) out.bytes(id);
  return out.take();
}

std::optional<Commit> read_commit(const Packet& packet) {
  ByteReader in(packet.body);
  Commit commit;
  commit.head.round = packet.header.round;
  commit.head.parent = packet.header.parent;
  in.fill(commit.signer);
  in.fill(commit.head.hash);
  commit.head.weight = in.u64();
  const std::size_t entries = in.u16();
  if (entries == 0 || entries > aggregate::kMaxMembers || in.left() < entries * kEntryBytes) {
    return std::nullopt;
  }
  std::uint64_t weight = 0;
  commit.entries.reserve(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    CommitEntry entry;
    in.fill(entry.id);
    entry.weight = in.u32();
    in.fill(entry.digest);
    if (entry.weight == 0 || entry.weight > aggregate::kMaxWeight) return std::nullopt;
    if (!rising(i == 0 ? nullptr : &commit.entries.back().id, entry.id)) return std::nullopt;
    weight += entry.weight;
    commit.entries.push_back(entry);
  }
  const std::size_t view = in.u16();
  if (view > aggregate::kMaxMembers || in.left() != view * sizeof(PeerId)) return std::nullopt;
  commit.view.reserve(view);
  for (std::size_t i = 0; i < view; ++i) {
    PeerId id{};
    in.fill(id);
    if (!rising(i == 0 ? nullptr : &commit.view.back(), id)) return std::nullopt;
    commit.view.push_back(id);
  }
  if (!in.done() || commit.head.round == 0 || !plausible(commit.head) ||
      commit.head.weight < weight) {
    return std::nullopt;
  }
  return commit;
}

Bytes write_fetch(const Fetch& fetch) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(fetch.what));
  out.bytes(fetch.hash);
  return out.take();
}

std::optional<Fetch> read_fetch(const Packet& packet) {
  ByteReader in(packet.body);
  Fetch fetch;
  fetch.what = static_cast<Kind>(in.u8());
  in.fill(fetch.hash);
  const bool known =
      fetch.what == Kind::kModel || fetch.what == Kind::kCommit || fetch.what == Kind::kUpdate;
  if (!in.done() || !known) return std::nullopt;
  return fetch;
}

Bytes write_model_head(const ModelBody& model) {
  ByteWriter out;
  out.bytes(model.head.hash);
  out.u64(model.head.weight);
  out.sized(model.commit);
  out.u8(model.codec);
  return out.take();
}

std::optional<ModelBody> read_model(const Packet& packet) {
  ByteReader in(packet.body);
  ModelBody model;
  model.head.round = packet.header.round;
  model.head.parent = packet.header.parent;
  in.fill(model.head.hash);
  model.head.weight = in.u64();
  model.commit = in.sized(kHeaderBytes + max_commit_bytes());
  model.codec = in.u8();
  model.payload = in.bytes(in.left());
  if (!in.ok() || !plausible(model.head)) return std::nullopt;
  return model;
}

Bytes write_bye(Reason reason) { return {static_cast<std::uint8_t>(reason)}; }

std::optional<Reason> read_bye(const Packet& packet) {
  ByteReader in(packet.body);
  const std::uint8_t reason = in.u8();
  if (!in.done() || reason < 1 || reason > 10) return std::nullopt;
  return static_cast<Reason>(reason);
}

const char* reason_text(Reason reason) {
  switch (reason) {
    case Reason::kLeaving:
      return "it is leaving";
    case Reason::kOtherRoom:
      return "it is in another room";
    case Reason::kOtherTask:
      return "its task differs: both must use the same task.json";
    case Reason::kOtherModel:
      return "its model has another layout";
    case Reason::kJunk:
      return "it sent bytes that make no sense";
    case Reason::kFull:
      return "the room is full";
    case Reason::kRole:
      return "a coordinator where a peer was expected, or the other way round";
    case Reason::kSelf:
      return "it has our own key";
    case Reason::kSilent:
      return "it proved no key in time";
    case Reason::kSlow:
      return "it takes up what is sent too slowly";
  }
  return "for no known reason";
}

}  // namespace deai::protocol
