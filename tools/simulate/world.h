#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "protocol/outcome.h"

// Many machines in one process under virtual time: a network with latency, bandwidth, loss and cut
// links between things that speak the protocol. One seed gives one run, exactly.
namespace deai::simulate {

using Milliseconds = std::int64_t;

// What runs on one machine: a member, a hub, or a whole Participant or Coordinator.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind,
                                    Milliseconds now) = 0;
  virtual protocol::Outcome link_down(protocol::LinkId link, Milliseconds now) = 0;
  virtual protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes,
                                     Milliseconds now) = 0;
  virtual protocol::Outcome received(protocol::LinkId link, ByteView frame, Milliseconds now) = 0;
  virtual protocol::Outcome time(Milliseconds now) = 0;
  // One local step; called while the last outcome said training_wanted.
  virtual protocol::Outcome train_step(Milliseconds now) = 0;
  virtual std::size_t held_bytes() const { return 0; }
};

struct NetworkModel {
  Milliseconds min_latency_ms = 5;
  Milliseconds max_latency_ms = 40;
  std::uint32_t bytes_per_ms = 5'000;  // of one link, each way
  std::uint32_t loss_per_mille = 0;    // of frames; a real data channel is reliable
  std::uint32_t repeats_per_mille = 0;
  std::uint32_t overtakes_per_mille = 0;
  bool asymmetric = false;  // each way of each link has a latency and a bandwidth of its own
};

class World {
 public:
  using MachineId = std::size_t;

  World(std::uint64_t seed, NetworkModel network) : random_(seed, 0x6e6574), network_(network) {}

  MachineId add(std::unique_ptr<Machine> machine, Milliseconds step_ms);
  // The machine is lost with its state; its links go down. replace() puts another in its place.
  void crash(MachineId id);
  void replace(MachineId id, std::unique_ptr<Machine> machine);
  bool exists(MachineId id) const { return places_[id].machine != nullptr; }
  Machine& machine(MachineId id) { return *places_[id].machine; }
  std::size_t size() const { return places_.size(); }

  // hub: b is the coordinator, as a sees it.
  void connect(MachineId a, MachineId b, bool hub = false);
  void disconnect(MachineId a, MachineId b);
  bool connected(MachineId a, MachineId b) const;
  // What `from` sends to `to` arrives no earlier than this; the other way is as it was.
  void hold_up(MachineId from, MachineId to, Milliseconds until);

  // Ends of links that are up from which nothing was sent for so long.
  std::size_t silent_ends(Milliseconds span) const;

  // A call from outside, such as run().
  template <typename Call>
  void call(MachineId id, Call make_call) {
    take(id, make_call(*places_[id].machine, now_));
  }
  // Bytes that appear on a link of the machine as if its peer had sent them.
  void inject(MachineId from, MachineId to, Bytes frame);
  void at(Milliseconds when, std::function<void()> action);
  // Nothing reaches the machine and it does nothing; what came meanwhile comes after.
  void sleep(MachineId id, Milliseconds until);
  void set_step_ms(MachineId id, Milliseconds step_ms) { places_[id].step_ms = step_ms; }

  // One event. False: nothing is left to happen.
  bool step();
  void run_for(Milliseconds span);
  // Calls body(0) … body(size of ids - 1), in any order or at once.
  using ForAll = std::function<void(const std::vector<MachineId>& ids,
                                    const std::function<void(std::size_t)>& body)>;
  // From now on the local steps of one millisecond come before everything else in it, and for_all
  // makes them: the same run however it does, but another one than without.
  void step_together(ForAll for_all) { for_all_ = std::move(for_all); }
  // Until done() holds, at most so long. True: it holds.
  bool run_until(const std::function<bool()>& done, Milliseconds at_most);

  Milliseconds now() const { return now_; }
  const NetworkModel& network() const { return network_; }
  std::uint64_t steps_trained(MachineId id) const { return places_[id].steps; }
  std::uint64_t frame_bytes() const { return frame_bytes_; }
  std::size_t most_held_bytes() const { return most_held_bytes_; }
  const std::vector<protocol::Notice>& notices(MachineId id) const { return places_[id].notices; }
  // Called for each notice as it happens.
  std::function<void(MachineId, const protocol::Notice&)> on_notice;
  // Called when a machine has closed its link to another.
  std::function<void(MachineId from, MachineId to)> on_close;
  // Called for each frame that is sent.
  std::function<void(MachineId from, MachineId to, ByteView frame)> on_frame;
  // What no machine may ever do: a wait without a time, a frame too long, a time in the past.
  const std::vector<std::string>& violations() const { return violations_; }
  void violate(std::string what) { violations_.push_back(std::move(what)); }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  struct Place {
    std::unique_ptr<Machine> machine;
    Milliseconds step_ms = 0;
    Milliseconds asleep_until = 0;
    std::vector<std::function<void()>> missed;  // asleep
    protocol::LinkId next_link = 1;
    std::uint32_t life = 0;  // rises with each crash: what was meant for an earlier life is void
    std::uint64_t wake = 0;  // the number of the wake-up that counts
    bool training = false;
    bool step_pending = false;
    std::uint64_t steps = 0;
    std::vector<protocol::Notice> notices;
  };
  struct Edge {
    MachineId ends[2];
    protocol::LinkId links[2];
    bool hub = false;  // ends[1] is a coordinator
    bool up = true;
    bool closed[2] = {false, false};         // by that end itself
    Milliseconds latency_ms[2] = {0, 0};     // added to the network's
    std::uint32_t bytes_per_ms[2] = {0, 0};  // from that end
    Milliseconds busy_until[2] = {0, 0};
    Milliseconds last_arrival[2] = {0, 0};
    Milliseconds last_sent[2] = {0, 0};
  };
  struct Event {
    Milliseconds when;
    std::uint64_t number;
    std::function<void()> action;
    std::size_t stepper = kNone;  // a local step of this machine, made together with others'
    std::uint32_t life = 0;       // of which it is
    bool operator>(const Event& other) const {
      if (when != other.when) return when > other.when;
      const bool step = stepper != kNone, other_step = other.stepper != kNone;
      return step != other_step ? other_step : number > other.number;
    }
  };

  // Runs the action for the machine if it still lives that life, when it is awake.
  void later(Milliseconds when, MachineId id, std::function<void()> action);
  void take(MachineId id, protocol::Outcome outcome);
  void queue(Event event);
  Event next();
  void step_later(MachineId id);
  bool may_step(MachineId id);
  void steps_of_now(Event first);
  void transmit(std::size_t edge, int from, Bytes frame);
  void deliver(Milliseconds when, std::size_t edge, int to, Bytes frame);
  void cut(std::size_t edge);
  std::size_t edge_of(MachineId id, protocol::LinkId link) const;
  std::size_t edge_between(MachineId a, MachineId b) const;
  bool chance(std::uint32_t per_mille) { return per_mille > 0 && random_.below(1000) < per_mille; }

  Random random_;
  NetworkModel network_;
  Milliseconds now_ = 0;
  std::uint64_t events_ = 0;
  std::vector<Place> places_;
  std::vector<Edge> edges_;
  std::map<std::pair<MachineId, protocol::LinkId>, std::size_t> edge_of_link_;
  std::map<std::pair<MachineId, MachineId>, std::size_t> edge_of_pair_;
  std::vector<Event> queue_;  // a heap, the next one first
  ForAll for_all_;
  std::uint64_t frame_bytes_ = 0;
  std::size_t most_held_bytes_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace deai::simulate
