#include "protocol/room_model.h"

#include <cmath>
#include <utility>

#include "secure/hash.h"

namespace deai::protocol {

namespace {

constexpr std::uint32_t kSavedMagic = 0x76536544;  // "DeSv"

bool finite(std::span<const float> values) {
  bool fine = true;
  for (const float value : values) fine &= std::isfinite(value);
  return fine;
}

}  // namespace

std::size_t model_numbers(const Terms& terms) {
  return terms.weight_count * (1 + aggregate::OuterStep(terms.outer, terms.outer_rate).states());
}

RoomModel::RoomModel(const Terms& terms, std::span<const float> initial)
    : terms_(terms), f32_(codec::make_any("f32")), outer_(terms.outer, terms.outer_rate) {
  begin(initial);
  head_.hash = model_hash(terms.layout, numbers_);
}

void RoomModel::begin(std::span<const float> weights) {
  numbers_.assign(weights.begin(), weights.end());
  numbers_.resize(model_numbers(terms_));
  outer_.begin(std::span<float>(numbers_).subspan(weights.size()));
}

std::vector<float> RoomModel::after(const aggregate::ExactMean& mean) const {
  std::vector<float> next(numbers_);
  const std::span<float> weights = std::span<float>(next).first(terms_.weight_count);
  if (outer_.states() == 0 && outer_.rate() == 1) {
    mean.apply(weights, weights);  // rounded once
    return next;
  }
  std::vector<float> delta(terms_.weight_count);
  mean.apply(delta, delta);
  outer_.step(weights, delta, std::span<float>(next).subspan(terms_.weight_count));
  return next;
}

void RoomModel::advance(const Commit& commit, SharedBytes packet, std::vector<float> numbers) {
  head_ = commit.head;
  view_ = commit.view;
  commit_packet_ = std::move(packet);
  numbers_ = std::move(numbers);
  packet_ = nullptr;
}

void RoomModel::import(std::span<const float> weights) {
  begin(weights);
  head_ = {0, model_hash(terms_.layout, numbers_), 1, {}};
  view_.clear();
  commit_packet_ = nullptr;
  packet_ = nullptr;
}

void RoomModel::gossiped(std::uint64_t round, std::span<const float> weights) {
  const Hash parent = head_.hash;
  numbers_.assign(weights.begin(), weights.end());
  head_ = {round, model_hash(terms_.layout, numbers_), round, parent};
  packet_ = nullptr;
}

SharedBytes RoomModel::packet(const PacketWriter& writer) {
  if (packet_) return packet_;
  ModelBody body;
  body.head = head_;
  if (commit_packet_) body.commit = *commit_packet_;
  body.codec = f32_->id();
  ByteWriter out;
  out.bytes(write_model_head(body));
  f32_->encode(numbers_, out);
  packet_ = writer.write(Kind::kModel, head_.round, head_.parent, out.view());
  return packet_;
}

bool RoomModel::check_commit(Received& received, ByteView bytes) const {
  received.commit_packet = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  const std::optional<Packet> packet = read_packet(received.commit_packet);
  if (!packet || packet->header.kind != Kind::kCommit || packet->header.room != terms_.room ||
      packet->header.task != terms_.task || packet->header.layout != terms_.layout) {
    return false;
  }
  received.commit = read_commit(*packet);
  return received.commit && received.commit->head == received.head && signature_holds(*packet);
}

std::optional<RoomModel::Received> RoomModel::read(const Packet& packet) const {
  const std::optional<ModelBody> body = read_model(packet);
  if (!body || body->codec != f32_->id()) return std::nullopt;
  const bool by_commit = body->head.round > 0 && terms_.gossip.scheme.empty();
  if (by_commit == body->commit.empty()) return std::nullopt;
  Received received;
  received.head = body->head;
  if (!body->commit.empty() && !check_commit(received, body->commit)) return std::nullopt;
  received.numbers.resize(model_numbers(terms_));
  if (!f32_->decode(body->payload, received.numbers) || !finite(received.numbers) ||
      model_hash(terms_.layout, received.numbers) != received.head.hash) {
    return std::nullopt;
  }
  return received;
}

void RoomModel::adopt(Received received) {
  head_ = received.head;
  view_ = received.commit ? std::move(received.commit->view) : std::vector<PeerId>{};
  commit_packet_ = std::move(received.commit_packet);
  numbers_ = std::move(received.numbers);
  packet_ = nullptr;
}

Bytes RoomModel::save() const {
  ByteWriter out;
  out.u32(kSavedMagic);
  out.bytes(terms_.room);
  out.bytes(terms_.task);
  out.bytes(terms_.layout);
  out.u64(head_.round);
  out.bytes(head_.hash);
  out.u64(head_.weight);
  out.bytes(head_.parent);
  out.sized(commit_packet_ ? ByteView(*commit_packet_) : ByteView());
  out.f32s(numbers_);
  out.bytes(secure::hash(out.view()));
  return out.take();
}

bool RoomModel::restore(ByteView saved) {
  if (saved.size() < sizeof(Hash)) return false;
  const ByteView content = saved.first(saved.size() - sizeof(Hash));
  Hash checksum;
  ByteReader(saved.subspan(content.size())).fill(checksum);
  if (secure::hash(content) != checksum) return false;

  ByteReader in(content);
  Hash room, task, layout;
  Received received;
  const std::uint32_t magic = in.u32();
  in.fill(room);
  in.fill(task);
  in.fill(layout);
  received.head.round = in.u64();
  in.fill(received.head.hash);
  received.head.weight = in.u64();
  in.fill(received.head.parent);
  const ByteView commit = in.sized(kHeaderBytes + max_commit_bytes());
  if (magic != kSavedMagic || room != terms_.room || task != terms_.task ||
      layout != terms_.layout || in.left() != model_numbers(terms_) * sizeof(float)) {
    return false;
  }
  received.numbers.resize(model_numbers(terms_));
  in.f32s(received.numbers);
  if (!in.done() || model_hash(terms_.layout, received.numbers) != received.head.hash) return false;
  if (!commit.empty() && !check_commit(received, commit)) return false;
  adopt(std::move(received));
  return true;
}

}  // namespace deai::protocol
