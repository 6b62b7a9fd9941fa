#pragma once

#include <map>
#include <set>
#include <vector>

#include "chaos.h"
#include "ledger.h"
#include "machines.h"
#include "matchmaker.h"
#include "world.h"

namespace deai::simulate {

// The room of a chaos run: who is in it, on which network, and what each would find on its disk
// after a restart.
class ChaosRoom {
 public:
  explicit ChaosRoom(const ChaosConfig& config);

  bool gossips() const { return config.gossips; }
  bool star() const { return config.mode == protocol::Mode::kFederated; }
  MemberMachine& member(std::size_t i) { return dynamic_cast<MemberMachine&>(world.machine(i)); }
  void run_member(std::size_t i, protocol::Goal goal = {});
  void link(std::size_t a, std::size_t b);
  void link_all();
  // What a participant comes back with.
  enum class Memory { kNothing, kModel, kModelAndKey };
  void restart(std::size_t i, Memory memory);
  void restart_hub(bool with_disk);

  // One of them, at random.
  void misfortune();

  std::size_t some_member() { return random.below(static_cast<std::uint32_t>(members)); }
  std::int64_t some_ms(std::uint32_t low, std::uint32_t high) {
    return low + random.below(high - low);
  }

  ChaosConfig config;
  std::size_t members;
  std::size_t hub;  // its place; none in a mesh
  Random random;
  protocol::Terms terms;
  World world;
  Ledger ledger;
  Ledger::Authors authors;
  ChaosReport report;
  std::vector<bool> counted;          // who was in a commit since somebody cleared this
  std::vector<std::uint64_t> rounds;  // that each has ended
  // Of the members, so many may be drawn in a round.
  std::size_t most_drawn() const;

 private:
  void birth(std::size_t i, std::uint64_t life);
  // Somebody comes to a matched room, or leaves it: some links end, others are made.
  void come(std::size_t i);
  void go(std::size_t i);
  void rematch();
  void check_commit(bool of_hub, const protocol::Notice& notice);
  void record(std::size_t who, const protocol::Notice& notice);
  void lose_link(std::size_t a, std::size_t b, Milliseconds back);
  void split(Milliseconds back);
  void close_page(std::size_t i, Milliseconds back);
  void pause(std::size_t i, Milliseconds back);
  void crash_hub(Milliseconds back);
  void junk();

  Matchmaker matchmaker_;
  std::set<Matchmaker::Pairs::value_type> matches_;  // of a matched room
  std::vector<std::uint64_t> lives_;
  std::vector<std::uint32_t> samples_;  // that each claims for a step
  std::vector<Bytes> stores_;
  std::vector<Bytes> overheard_;
  std::set<protocol::PeerId> late_;  // as the hub said
};

}  // namespace deai::simulate
