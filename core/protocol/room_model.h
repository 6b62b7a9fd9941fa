#pragma once

#include <optional>
#include <span>
#include <vector>

#include "aggregate/exact_mean.h"
#include "aggregate/outer_step.h"
#include "codec/codec.h"
#include "protocol/messages.h"

namespace deai::protocol {

// Numbers of a room's model: its weights, then what the outer step keeps of each.
std::size_t model_numbers(const Terms& terms);

// The room's model as somebody has it: head, numbers, and the commit that made them.
class RoomModel {
 public:
  RoomModel(const Terms& terms, std::span<const float> initial);

  const Head& head() const { return head_; }
  std::span<const float> weights() const {
    return std::span<const float>(numbers_).first(terms_.weight_count);
  }
  // Who is expected in the next round, as the last commit says; empty before the first.
  const std::vector<PeerId>& view() const { return view_; }
  const SharedBytes& commit_packet() const { return commit_packet_; }  // null before the first

  // The numbers of the model that a round with this mean ends with, the same bits for everybody.
  std::vector<float> after(const aggregate::ExactMean& mean) const;
  // After a commit, whose result the numbers are.
  void advance(const Commit& commit, SharedBytes packet, std::vector<float> numbers);
  // An imported model begins a history of its own; its weight of 1 sets it above an untouched
  // initial model and below anything trained.
  void import(std::span<const float> weights);

  // Of gossip: the own model after a round, which no commit made.
  void gossiped(std::uint64_t round, std::span<const float> weights);

  // The packet that hands the model on; made once per head.
  SharedBytes packet(const PacketWriter& writer);

  // What a Model packet holds, if all of it is true: a commit signed by its proposer with this very
  // head (none of a room's first model, nor of gossip), numbers that are finite and have the head's hash.
  struct Received {
    Head head;
    std::optional<Commit> commit;
    SharedBytes commit_packet;
    std::vector<float> numbers;
  };
  std::optional<Received> read(const Packet& packet) const;
  void adopt(Received received);

  // For a store, and back; false and unchanged when damaged or of another room, task or layout.
  Bytes save() const;
  bool restore(ByteView saved);

 private:
  void begin(std::span<const float> weights);
  bool check_commit(Received& received, ByteView bytes) const;

  const Terms& terms_;
  std::unique_ptr<codec::Codec> f32_;  // models travel whole and exact
  Head head_;
  aggregate::OuterStep outer_;
  std::vector<float> numbers_;
  std::vector<PeerId> view_;
  SharedBytes commit_packet_;
  SharedBytes packet_;
};

}  // namespace deai::protocol
