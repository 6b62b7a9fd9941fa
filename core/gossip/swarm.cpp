#include "gossip/swarm.h"

#include <algorithm>
#include <cmath>

#include "codec/lattice.h"

namespace deai::gossip {

namespace {

constexpr std::uint32_t kMostPatience = 63;

float largest_difference(std::span<const float> a, std::span<const float> b) {
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]));
  return most;
}

}  // namespace

Swarm::Swarm(const Settings& settings)
    : bits_(settings.bits),
      random_(settings.seed, 0x5a),
      shown_(settings.beginning.begin(), settings.beginning.end()),
      begun_(shown_),
      sent_(shown_.size()),
      theirs_(shown_.size()),
      own_(shown_.size()) {}

// Distances change slowly; four times what was met, and what one turn moves.
void Swarm::expect(Held& held, float met) const {
  held.distance = 4 * std::max(met, moved_) + 1e-6f;
}

void Swarm::encode(float step, ByteWriter& out) {
  codec::lattice_encode(shown_, step, bits_, random_, out);
  // One's own decoding is always right: it lies less than a step away.
  codec::lattice_decode(out.view(), bits_, shown_, own_);
}

void Swarm::ask(Held& held, bool whole, std::vector<Message>& out) {
  pending_ = Pending{held.neighbour.peer, sequence_, whole};
  if (whole) {
    sent_ = shown_;
    out.push_back({held.neighbour.peer, kWholeQuestion, sequence_, shared(written(shown_))});
    return;
  }
  ByteWriter bytes;
  encode(codec::lattice_step(held.distance, bits_), bytes);
  sent_ = own_;
  out.push_back({held.neighbour.peer, kQuestion, sequence_, shared(bytes.take())});
}

void Swarm::send(std::uint32_t, std::uint32_t, std::span<float> x, std::vector<Message>& out) {
  if (circle_.all.empty()) return;
  const bool open = pending_ && circle_.find(pending_->peer) != nullptr;
  if (open && waited_++ < patience_) return;
  waited_ = 0;
  moved_ = largest_difference(x, begun_);
  ++sequence_;
  Held& held = circle_.all[random_.below(static_cast<std::uint32_t>(circle_.all.size()))];
  ask(held, held.distance == 0, out);
}

Verdict Swarm::asked(Held& held, const Message& message, std::vector<Message>& out) {
  ByteWriter answer;
  if (message.kind == kWholeQuestion) {
    if (!read_floats(*message.bytes, theirs_)) return Verdict::kRefused;
    own_ = shown_;
    answer.f32s(own_);
  } else {
    const auto verdict = codec::lattice_decode(*message.bytes, bits_, shown_, theirs_);
    if (verdict == codec::LatticeVerdict::kRefused) return Verdict::kRefused;
    const float step = codec::lattice_step_of(*message.bytes);
    bool near = verdict == codec::LatticeVerdict::kRead && acceptable(theirs_);
    if (near) {
      encode(step, answer);
      // Near enough for the asking end, too, of which the own rounding is known: so both move.
      near =
          largest_difference(theirs_, own_) <= step * (static_cast<float>(1 << (bits_ - 1)) - 2.0f);
    }
    if (!near) {
      out.push_back({held.neighbour.peer, kTooFar, message.sequence, shared({})});
      return Verdict::kTaken;
    }
  }
  met(squared_distance(theirs_, own_));
  for (std::size_t i = 0; i < shown_.size(); ++i) shown_[i] += 0.5f * (theirs_[i] - own_[i]);
  expect(held, largest_difference(theirs_, own_));
  const Kind kind = message.kind == kWholeQuestion ? kWholeAnswer : kAnswer;
  out.push_back({held.neighbour.peer, kind, message.sequence, shared(answer.take())});
  return Verdict::kTaken;
}

Verdict Swarm::answered(Held& held, const Message& message, std::span<float> x) {
  const bool whole = pending_->whole;
  pending_.reset();
  patience_ = std::min(patience_, 2 * waited_ + 1);
  const bool read = whole ? message.kind == kWholeAnswer && read_floats(*message.bytes, theirs_)
                          : message.kind == kAnswer &&
                                codec::lattice_decode(*message.bytes, bits_, sent_, theirs_) ==
                                    codec::LatticeVerdict::kRead;
  if (!read || !acceptable(theirs_)) {
    held.distance = 0;
    return Verdict::kRefused;
  }
  expect(held, largest_difference(theirs_, sent_));
  met(squared_distance(theirs_, sent_));
  for (std::size_t i = 0; i < x.size(); ++i) {
    shown_[i] += 0.5f * (theirs_[i] - sent_[i]) + (x[i] - begun_[i]);
    begun_[i] = x[i] = shown_[i];
  }
  return Verdict::kTaken;
}

Verdict Swarm::receive(const Message& message, std::span<float> x, std::vector<Message>& out) {
  Held* const held = circle_.find(message.peer);
  if (held == nullptr) return Verdict::kLate;
  if (message.kind == kQuestion || message.kind == kWholeQuestion) {
    if (pending_ && pending_->peer == message.peer) {
      // Equal at both ends, and now one's turn, now the other's.
      const bool higher_stands = (pending_->sequence + message.sequence) / 2 % 2 == 0;
      if (held->neighbour.above == higher_stands) return Verdict::kLate;
      pending_.reset();
    }
    return asked(*held, message, out);
  }
  if (message.kind > kTooFar) return Verdict::kRefused;
  if (!pending_ || pending_->peer != message.peer || pending_->sequence != message.sequence) {
    patience_ = std::min(2 * patience_ + 1, kMostPatience);
    return Verdict::kLate;
  }
  if (message.kind != kTooFar) return answered(*held, message, x);
  if (pending_->whole) return Verdict::kRefused;
  ask(*held, true, out);
  return Verdict::kTaken;
}

}  // namespace deai::gossip
