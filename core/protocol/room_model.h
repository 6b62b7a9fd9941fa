#pragma once

#include <optional>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "protocol/messages.h"

namespace deai::protocol {

// The room's model as somebody has it: head, weights, and the commit that made them.
class RoomModel {
 public:
  RoomModel(const Terms& terms, std::span<const float> initial);

  const Head& head() const { return head_; }
  const std::vector<float>& weights() const { return weights_; }
  // Who is expected in the next round, as the last commit says; empty before the first.
  const std::vector<PeerId>& view() const { return view_; }
  const SharedBytes& commit_packet() const { return commit_packet_; }  // null before the first

  // After a commit, whose result the weights are.
  void advance(const Commit& commit, SharedBytes packet, std::vector<float> weights);
  // An imported model begins a history of its own; its weight of 1 sets it above an untouched
  // initial model and below anything trained.
  void import(std::vector<float> weights);

  // Of gossip: the own model after a round, which no commit made.
  void gossiped(std::uint64_t round, std::span<const float> weights);

  // The packet that hands the model on; made once per head.
  SharedBytes packet(const PacketWriter& writer);

  // What a Model packet holds, if all of it is true: a commit signed by its proposer with this very
  // head (none of a room's first model, nor of gossip), weights that are finite numbers and have the head's hash.
  struct Received {
    Head head;
    std::optional<Commit> commit;
    SharedBytes commit_packet;
    std::vector<float> weights;
  };
  std::optional<Received> read(const Packet& packet) const;
  void adopt(Received received);

  // For a store, and back; false and unchanged when damaged or of another room, task or layout.
  Bytes save() const;
  bool restore(ByteView saved);

 private:
  bool check_commit(Received& received, ByteView bytes) const;

  const Terms& terms_;
  std::unique_ptr<codec::Codec> f32_;  // models travel whole and exact
  Head head_;
  std::vector<float> weights_;
  std::vector<PeerId> view_;
  SharedBytes commit_packet_;
  SharedBytes packet_;
};

}  // namespace deai::protocol
