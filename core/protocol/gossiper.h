#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gossip/scheme.h"
#include "protocol/gossip_graph.h"
#include "protocol/training_node.h"

namespace deai::protocol {

// One participant's part in a mesh without a common model: local steps, then one scheme of
// core/gossip with the neighbours of a graph that is drawn from the ids of all active members, and
// again whenever one comes or goes. An edge is used when both ends have it in their graphs (Status).
// Rounds are counted by each alone; who lags takes up the round in which the middle one of the
// others is. Every wait has a deadline: what does not come is left out, as the scheme says. README.md
// has the rules on one page.
class Gossiper : public TrainingNode {
 public:
  // Throws Error{kTask} for terms that no room can have.
  Gossiper(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee);

  Outcome run(Goal goal, std::int64_t now_ms) override;
  Outcome stop(std::int64_t now_ms) override;
  Outcome step_done(std::uint32_t samples, std::int64_t now_ms) override;
  Outcome imported(std::int64_t now_ms) override;
  bool restore(ByteView saved) override;
  bool running() const override { return phase_ != Phase::kIdle; }
  bool training_wanted() const override { return phase_ == Phase::kTraining; }
  std::size_t held_bytes() const override;

  Gossiped gossiped() const override { return gossiped_; }

 protected:
  void progress() override;
  Status status_for(const Link& link) const override;
  void on_update(Link& link, const Packet&) override { links_.offend(link); }
  void on_commit(Link& link, const Packet&) override { links_.offend(link); }
  void on_model(Link& link, const Packet& packet) override;
  void on_gossip(Link& link, const Packet& packet) override;
  void describe(Outcome& out) override;
  std::int64_t due_ms() const override;

 private:
  enum class Phase {
    kIdle,
    kWaiting,     // for participants, or for a neighbour's model
    kTraining,    // local steps
    kExchanging,  // mail is out, the neighbours' is due
  };
  struct Edge {
    PeerId peer{};
    gossip::Peer number = 0;  // by which the scheme knows it
    std::uint64_t seed = 0;
    bool joined = false;  // the scheme knows it
    bool heard = false;   // in this round and phase
    bool missed = false;  // in the last round: others suffice until something of it comes
    float share = 0;      // that its mail named
    std::int64_t ahead_since_ms = -1;
    std::vector<Packet> early;  // of phases that are to come here
  };

  // --- the round (gossiper.cpp)
  std::vector<PeerId> active_members();
  void redraw();
  void begin_round();
  std::uint32_t missing();
  void put_down();

  // --- a neighbour's model (gossiper.cpp)
  // Is there, with a model to show: active, or further than we are.
  bool present(const Link& link) const;
  Link* better_source(bool& behind);
  void catch_up();
  void adopt(RoomModel::Received received);

  // --- the exchange (gossiper_exchange.cpp)
  bool asynchronous() const { return terms_.gossip.scheme == "swarm"; }
  void open_scheme();
  void forget_scheme();
  void join_edges();
  bool confirmed(const Edge& edge);
  std::uint64_t middle_round();
  void begin_exchange();
  void send_phase();
  void exchange();
  bool awaited(Edge& edge);
  bool jump();
  void mix();
  void end_round();
  void tell_round();
  // --- packets (gossiper_mail.cpp)
  void take_in(Edge& edge, Link& link, const Packet& packet);
  void post(std::vector<gossip::Message> mail, std::uint64_t round, std::uint32_t phase);
  // The order of phases.
  static std::uint64_t place_of(std::uint64_t round, std::uint32_t phase) {
    return round << 8 | phase;
  }
  std::uint64_t place() const { return place_of(round_, scheme_phase_); }
  std::int64_t patience_ms() const;
  void measure();
  std::uint32_t own_place() const;

  Phase phase_ = Phase::kIdle;
  std::vector<PeerId> members_;  // active ones, sorted, oneself among them while running
  std::vector<Edge> edges_;
  gossip::Peer last_number_ = 0;

  std::unique_ptr<gossip::Scheme> scheme_;
  std::vector<float> x_;
  std::uint32_t steps_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t round_ = 0;  // of the exchange under way
  std::uint32_t scheme_phase_ = 0;
  float share_ = 0;
  std::size_t tuned_for_ = 0;  // so many members step_ was found for
  double step_ = 1;
  std::int64_t sent_ms_ = 0;
  std::int64_t until_ms_ = 0;
  std::int64_t usual_ms_ = -1;  // from our own mail to a neighbour's, on average

  std::int64_t behind_since_ms_ = kNever;
  std::int64_t last_event_ms_ = -1;
  std::int64_t away_until_ms_ = 0;  // the machine slept: what it holds may be of long ago
  Gossiped gossiped_;
  bool model_changed_ = false;
  bool changed_ = false;     // progress() has to look again
  bool look_again_ = false;  // something is given a little time to come by itself
};

}  // namespace deai::protocol
