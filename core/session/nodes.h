#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "protocol/member.h"
#include "session/participant.h"

namespace deai::session {

// The protocol's part of a participant, as one node that trains: a Gossiper in the mesh of a room
// that gossips, else a Member. Each link belongs to one of the two; the other one is made when the
// mode, or a link, asks for it.
class Nodes {
 public:
  Nodes(const ParticipantConfig& config, std::span<const std::uint8_t, 32> entropy,
        const Learner& learner, protocol::Trainee& trainee);

  // The one that trains in the present mode.
  protocol::TrainingNode& active() { return *find(gossips()); }
  const protocol::TrainingNode& active() const { return const_cast<Nodes*>(this)->active(); }

  protocol::Outcome run(protocol::Goal goal, std::int64_t now_ms);
  protocol::Outcome stop(std::int64_t now_ms);
  protocol::Outcome set_mode(protocol::Mode mode, std::int64_t now_ms);
  protocol::Outcome step_done(std::uint32_t samples, std::int64_t now_ms);
  protocol::Outcome imported(std::int64_t now_ms);
  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind, std::int64_t now_ms);
  protocol::Outcome link_down(protocol::LinkId link, std::int64_t now_ms);
  protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes, std::int64_t now_ms);
  protocol::Outcome received(protocol::LinkId link, ByteView frame, std::int64_t now_ms);
  protocol::Outcome time(std::int64_t now_ms);
  // See Node; of those that are made later, too.
  void replay_as(const protocol::PeerId& id, const protocol::Hash& link_secret);

  Participant::Traffic traffic() const;

 private:
  bool gossips() const { return gossip_room_ && mode_ == protocol::Mode::kDecentralized; }
  protocol::TrainingNode* find(bool gossip);
  protocol::TrainingNode& open(bool gossip);
  protocol::TrainingNode& make(bool gossip);
  // The node of that sort and what an event made of it, as the outcome of both.
  protocol::Outcome told(bool gossip, protocol::Outcome out);
  bool owner(protocol::LinkId link);
  protocol::Outcome change_node(protocol::Mode mode, std::int64_t now_ms);

  const ParticipantConfig& config_;
  const Learner& learner_;
  protocol::Trainee& trainee_;
  std::array<std::uint8_t, 32> entropy_{};
  bool gossip_room_;
  protocol::Mode mode_;
  protocol::Goal goal_;
  struct Replayed {
    protocol::PeerId id;
    protocol::Hash link_secret;
  };
  std::optional<Replayed> replayed_;
  std::optional<protocol::Member> member_;
  std::unique_ptr<protocol::TrainingNode> gossiper_;
  std::array<std::int64_t, 2> wake_at_ms_ = {-1, -1};  // of member and gossiper
};

}  // namespace deai::session
