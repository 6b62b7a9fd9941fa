// What holds of a room that gossips once all is well again.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "chaos_checks.h"

namespace deai::simulate {

namespace {

bool lossy(const ChaosRoom& room) { return room.world.network().loss_per_mille > 0; }

// The longest that one's round may take when nothing happens any more.
Milliseconds round_ms(const ChaosRoom& room) {
  return room.terms.deadline_ms + protocol::kSilenceMs;
}

bool all_went_on(const ChaosRoom& room, const std::vector<std::uint64_t>& from, std::uint64_t by,
                 std::size_t but) {
  for (std::size_t i = 0; i < room.members; ++i) {
    if (i != but && room.rounds[i] < from[i] + by) return false;
  }
  return true;
}

// Three rounds of everybody, each in its time.
void check_rounds(ChaosRoom& room) {
  const std::vector<std::uint64_t> from = room.rounds;
  const Milliseconds most = 3 * round_ms(room) + 2 * for_losses(room);
  if (!room.world.run_until([&] { return all_went_on(room, from, 3, room.members); }, most)) {
    room.world.violate(text("somebody makes no three rounds in ", most, " ms"));
  }
}

// One falls silent with its links up: everybody else's round ends at its deadline.
void check_deadline(ChaosRoom& room) {
  if (room.members < 4) return;
  const std::size_t silent = room.some_member();
  const std::vector<std::uint64_t> from = room.rounds;
  room.world.sleep(silent, room.world.now() + 2 * protocol::kSilenceMs);
  const Milliseconds most = room.terms.deadline_ms + 4'000 + for_losses(room);
  if (!room.world.run_until([&] { return all_went_on(room, from, 1, silent); }, most)) {
    room.world.violate(text("a round beside a silent one takes more than ", most, " ms"));
  }
  room.world.run_for(2 * protocol::kSilenceMs + 4'000);
}

std::vector<double> mean_of(ChaosRoom& room) {
  std::vector<double> mean(room.terms.weight_count);
  for (std::size_t i = 0; i < room.members; ++i) {
    const std::vector<float>& weights = room.member(i).member.weights();
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += static_cast<double>(weights[k]);
  }
  for (double& one : mean) one /= static_cast<double>(room.members);
  return mean;
}

// √ of the mean over members and numbers of (x - mean)².
double apart(ChaosRoom& room) {
  const std::vector<double> mean = mean_of(room);
  double sum = 0;
  for (std::size_t i = 0; i < room.members; ++i) {
    const std::vector<float>& weights = room.member(i).member.weights();
    for (std::size_t k = 0; k < mean.size(); ++k) {
      const double off = static_cast<double>(weights[k]) - mean[k];
      sum += off * off;
    }
  }
  return std::sqrt(sum / static_cast<double>(room.members * mean.size()));
}

// Nobody learns any more, for so many rounds: then all have nearly the same model. While they learn,
// their targets pull models 0.1 to 1 apart.
constexpr std::uint64_t kRoundsOfRest = 400;
// Signs of a tensor of thousands of numbers have one size for all: it stays at what a few large
// differences make of it, and models hover about each other.
double most_apart(const ChaosRoom& room) {
  return room.terms.codec == "sign" && room.terms.weight_count > 1000 ? 0.15 : 0.02;
}

void check_consensus(ChaosRoom& room) {
  std::uint64_t furthest = 0;
  const double before = apart(room);
  for (std::size_t i = 0; i < room.members; ++i) {
    room.member(i).trainee.rest();
    furthest = std::max(furthest, room.member(i).member.head().round);
  }
  for (std::size_t i = 0; i < room.members; ++i) {
    room.run_member(i, {.until_round = furthest + kRoundsOfRest});
  }
  const auto idle = [&] {
    for (std::size_t i = 0; i < room.members; ++i) {
      if (room.member(i).member.running()) return false;
    }
    return true;
  };
  const Milliseconds most =
      static_cast<Milliseconds>(kRoundsOfRest) * (1'000 + (lossy(room) ? 3'000 : 0)) +
      2 * round_ms(room);
  if (!room.world.run_until(idle, most)) room.world.violate("a room that gossips does not end");
  room.report.apart = apart(room);
  if (!(room.report.apart <= most_apart(room))) {
    room.world.violate(text("models are ", room.report.apart, " apart, ", before, " before ",
                            kRoundsOfRest, " rounds of rest; ", room.terms.gossip.scheme, " ",
                            room.terms.codec, " ", room.terms.gossip.topology));
  }
  for (std::size_t i = 0; i < room.members; ++i) {
    if (room.member(i).trainee.weights() != room.member(i).member.weights()) {
      room.world.violate(text("participant ", i, " trains another model than it gives"));
    }
  }
  room.report.rounds = furthest + kRoundsOfRest;
}

}  // namespace

void check_gossip(ChaosRoom& room) {
  check_rounds(room);
  check_deadline(room);
  check_consensus(room);
}

}  // namespace deai::simulate
