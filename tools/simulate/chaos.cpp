#include "chaos.h"

#include <algorithm>

#include "base/error.h"
#include "chaos_checks.h"

namespace deai::simulate {

void heal(ChaosRoom& room) {
  for (std::size_t i = 0; i < room.members; ++i) {
    room.world.sleep(i, room.world.now());
    room.world.set_step_ms(i, 50);
    if (!room.world.exists(i)) room.restart(i, ChaosRoom::Memory::kNothing);
    room.run_member(i);
  }
  if (room.star() && !room.world.exists(room.hub)) room.restart_hub(true);
  room.link_all();
}

Milliseconds for_losses(const ChaosRoom& room) {
  return room.world.network().loss_per_mille > 0 ? 3 * protocol::kStallMs : 0;
}

namespace {

// The longest that a round may take when nothing happens any more: its deadline, a peer that is
// waited for in vain, and everybody's turn to propose.
Milliseconds round_ms(const ChaosRoom& room) {
  return room.terms.deadline_ms + protocol::kSilenceMs +
         static_cast<Milliseconds>(room.members) * protocol::succession_ms(room.terms.deadline_ms);
}

bool one_line(ChaosRoom& room) {
  const protocol::Head* best = &room.member(0).member.head();
  for (std::size_t i = 1; i < room.members; ++i) {
    const protocol::Head& head = room.member(i).member.head();
    if (protocol::better(head, *best)) best = &head;
  }
  for (std::size_t i = 0; i < room.members; ++i) {
    const protocol::Head& head = room.member(i).member.head();
    if (head.round + 1 < best->round || !room.ledger.before_or_equal(head, *best)) return false;
  }
  return best->round > 0;
}

// Within the time of two rounds all heads lie on one line.
void check_one_history(ChaosRoom& room) {
  const Milliseconds healed_at = room.world.now();
  const Milliseconds most = 2 * round_ms(room) + for_losses(room);
  if (!room.world.run_until([&] { return one_line(room); }, most)) {
    std::string where;
    for (std::size_t i = 0; i < room.members; ++i) {
      const protocol::Head& head = room.member(i).member.head();
      where += text(" ", head.round, "/", head.weight);
    }
    room.world.violate(text("no one history ", most, " ms after the last misfortune:", where));
  }
  room.report.healed_ms = room.world.now() - healed_at;
}

// What a room may send when nothing happens any more: each round an update and a commit on every
// link both ways (in a star the model instead), and heartbeats; twice that for what is lost, late
// or asked for again.
std::uint64_t most_bytes(const ChaosRoom& room, std::uint64_t rounds, Milliseconds span) {
  const std::size_t links = room.star() ? room.members : room.members * (room.members - 1) / 2;
  const std::size_t packet = 4 * room.terms.weight_count + 1'000 + 100 * room.members;
  const auto beats = static_cast<std::uint64_t>(span / protocol::kHeartbeatMs + 1);
  constexpr std::uint64_t kStatusBytes = 400;
  // Statuses are also told whenever something changes: some times in a round.
  return 2 * 2 * links * (rounds * (packet + 8 * kStatusBytes) + beats * kStatusBytes);
}

std::uint64_t best_round(ChaosRoom& room) {
  std::uint64_t round = 0;
  for (std::size_t i = 0; i < room.members; ++i) {
    round = std::max(round, room.member(i).member.head().round);
  }
  return round;
}

// One falls silent in the middle of a round, with its links up: the others' round ends at its
// deadline, long before they would give up who is silent.
void check_deadline(ChaosRoom& room) {
  if (room.members < 4) return;
  const std::uint64_t round = best_round(room);
  room.world.sleep(room.some_member(), room.world.now() + 2 * protocol::kSilenceMs);
  const Milliseconds most =
      room.terms.deadline_ms + 4'000 + for_losses(room) +
      static_cast<Milliseconds>(room.members) * protocol::succession_ms(room.terms.deadline_ms);
  const auto ended = [&] { return best_round(room) > round; };
  if (!room.world.run_until(ended, most)) {
    room.world.violate(text("a round with a silent participant takes more than ", most, " ms"));
  }
  room.world.run_for(2 * protocol::kSilenceMs);
}

// Where some are drawn for a round, everybody's turn comes: in 30 times the rounds that it takes at
// best.
void check_turns(ChaosRoom& room) {
  if (room.terms.sample == 0) return;
  room.counted.assign(room.members, false);
  const std::size_t best = (room.members + room.most_drawn() - 1) / room.most_drawn();
  const auto all = [&] {
    return std::find(room.counted.begin(), room.counted.end(), false) == room.counted.end();
  };
  const auto most = static_cast<Milliseconds>(30 * best * 1'000) + for_losses(room);
  if (!room.world.run_until(all, most)) room.world.violate("somebody is never drawn");
}

// Three more rounds, each in its time and with its bytes; then all have the same model.
void check_rounds(ChaosRoom& room) {
  const std::uint64_t round = best_round(room);
  for (std::size_t i = 0; i < room.members; ++i) room.run_member(i, {.until_round = round + 3});
  const auto idle = [&] {
    for (std::size_t i = 0; i < room.members; ++i) {
      if (room.member(i).member.running()) return false;
    }
    return true;
  };
  const std::uint64_t bytes = room.world.frame_bytes();
  const Milliseconds from = room.world.now();
  if (!room.world.run_until(idle, 3 * round_ms(room) + for_losses(room)))
    room.world.violate("a round does not end");
  const std::uint64_t sent = room.world.frame_bytes() - bytes;
  const std::uint64_t most = most_bytes(room, 4, room.world.now() - from);
  if (sent > most) room.world.violate(text(sent, " bytes were sent, at most ", most, " are due"));
  // Forks of the last round settle.
  const auto settled = [&] {
    for (std::size_t i = 1; i < room.members; ++i) {
      if (room.member(i).member.head() != room.member(0).member.head()) return false;
    }
    return true;
  };
  room.world.run_until(settled, 5'000 + for_losses(room));
  room.world.run_for(1'000);
}

// The same model everywhere, in which each update that its commits list is exactly once.
void check_model(ChaosRoom& room) {
  const MemberMachine& first = room.member(0);
  for (std::size_t i = 0; i < room.members; ++i) {
    const MemberMachine& other = room.member(i);
    if (other.member.head() != first.member.head() ||
        other.trainee.weights() != other.member.weights()) {
      room.world.violate(text("participant ", i, " ends with another model than participant 0"));
    }
  }
  const std::string audit = room.ledger.audit(first.member.head(), first.member.weights(),
                                              room.authors, room.terms.local_steps);
  if (!audit.empty()) room.world.violate(audit);
  room.report.rounds = first.member.head().round;
}

}  // namespace

void check_heartbeats(ChaosRoom& room) {
  room.world.run_for(4 * protocol::kHeartbeatMs);
  if (const std::size_t silent = room.world.silent_ends(2 * protocol::kHeartbeatMs); silent > 0) {
    room.world.violate(text(silent, " ends of links have no heartbeat"));
  }
}

void check_memory(ChaosRoom& room) {
  const std::size_t packet = 1'000 + 4 * room.terms.weight_count + 100 * room.members;
  if (room.world.most_held_bytes() > 16 * packet * (room.members + 2)) {
    room.world.violate(text(room.world.most_held_bytes(), " bytes were held"));
  }
}

ChaosReport run_chaos(const ChaosConfig& config) {
  ChaosRoom room(config);
  while (room.world.now() < config.misfortune_ms) {
    room.world.run_for(room.some_ms(20, 1'200));
    room.misfortune();
  }
  room.world.run_for(8'000);  // until the last one's end
  heal(room);
  if (room.gossips()) {
    check_gossip(room);
  } else {
    check_one_history(room);
    check_deadline(room);
    check_turns(room);
    check_rounds(room);
    check_model(room);
  }
  check_heartbeats(room);
  check_memory(room);
  room.report.violations = room.world.violations();
  room.report.frame_bytes = room.world.frame_bytes();
  room.report.most_held_bytes = room.world.most_held_bytes();
  room.report.virtual_ms = room.world.now();
  return room.report;
}

}  // namespace deai::simulate
