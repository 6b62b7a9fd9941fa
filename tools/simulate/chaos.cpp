#include "chaos.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "ledger.h"
#include "machines.h"
#include "world.h"

namespace deai::simulate {

namespace {

using protocol::Mode;
using protocol::Notice;

constexpr std::size_t kWeights = 40;  // the first `participants` of them are the ledger

class Chaos {
 public:
  explicit Chaos(const ChaosConfig& config);
  ChaosReport run();

 private:
  bool star() const { return config_.mode == Mode::kFederated; }
  MemberMachine& member(std::size_t i) { return dynamic_cast<MemberMachine&>(world_.machine(i)); }
  std::size_t some_member() { return random_.below(static_cast<std::uint32_t>(members_)); }
  std::int64_t some_ms(std::uint32_t low, std::uint32_t high) {
    return low + random_.below(high - low);
  }
  void run_member(std::size_t i, protocol::Goal goal = {});
  void link(std::size_t a, std::size_t b);
  void link_all();
  void birth(std::size_t i);
  void restart(std::size_t i);
  void restart_hub();
  void misfortune();
  void junk();
  void heal();
  void check_one_history();
  void check_end();
  void record(std::size_t who, const Notice& notice);

  ChaosConfig config_;
  std::size_t members_;
  std::size_t hub_;  // its place; none in a mesh
  Random random_;
  protocol::Terms terms_;
  World world_;
  Ledger ledger_;
  std::map<protocol::PeerId, std::size_t> numbers_;
  std::vector<std::uint64_t> lives_;
  Bytes hub_store_;
  std::vector<Bytes> overheard_;
  ChaosReport report_;
};

NetworkModel network_of(std::uint64_t seed) {
  Random random(seed, 2);
  NetworkModel network;
  network.max_latency_ms = 20 + random.below(200);
  network.bytes_per_ms = 200 + random.below(5'000);
  if (random.below(3) == 0) {  // a third of the runs on wires that are not reliable
    network.loss_per_mille = random.below(30);
    network.repeats_per_mille = random.below(30);
    network.overtakes_per_mille = random.below(50);
  }
  return network;
}

protocol::Terms terms_of(const ChaosConfig& config) {
  protocol::Terms terms = synthetic_terms(config.participants + kWeights);
  terms.deadline_ms = 3'000;
  terms.mode = config.mode;
  terms.max_participants = static_cast<std::uint32_t>(config.participants) + 4;
  return terms;
}

Chaos::Chaos(const ChaosConfig& config)
    : config_(config),
      members_(config.participants),
      hub_(config.participants),
      random_(config.seed, 1),
      terms_(terms_of(config)),
      world_(config.seed, network_of(config.seed)),
      lives_(config.participants + 1) {
  world_.on_notice = [this](std::size_t who, const Notice& notice) { record(who, notice); };
  world_.on_frame = [this](std::size_t, std::size_t, ByteView frame) {
    if (random_.below(50) != 0) return;
    overheard_.emplace_back(frame.begin(), frame.end());
    if (overheard_.size() > 32) overheard_.erase(overheard_.begin());
  };
  for (std::size_t i = 0; i < members_; ++i) {
    world_.add(nullptr, some_ms(10, 120));
    birth(i);
  }
  if (star()) world_.add(std::make_unique<HubMachine>(terms_, 1'000'000), 0);
  link_all();
  for (std::size_t i = 0; i < members_; ++i) run_member(i);
}

void Chaos::birth(std::size_t i) {
  world_.replace(i, std::make_unique<MemberMachine>(terms_, i, members_, 1, lives_[i]++));
  numbers_[member(i).member.id()] = i;
}

void Chaos::record(std::size_t who, const Notice& notice) {
  if (notice.kind == Notice::Kind::kAdopted) ++report_.adoptions;
  if (notice.kind != Notice::Kind::kRoundCommitted) return;
  if (star() && who == hub_) {
    auto& hub = dynamic_cast<HubMachine&>(world_.machine(hub_)).session;
    ledger_.committed(hub.head(), notice);
    hub_store_ = hub.save();
  } else {
    ledger_.committed(member(who).member.head(), notice);
  }
}

void Chaos::run_member(std::size_t i, protocol::Goal goal) {
  world_.call(i, [&](Machine&, Milliseconds now) { return member(i).member.run(goal, now); });
}

void Chaos::link(std::size_t a, std::size_t b) {
  if (!star()) {
    world_.connect(a, b);
  } else if (a != hub_ || b != hub_) {
    world_.connect(a == hub_ ? b : a, hub_, true);
  }
}

void Chaos::link_all() {
  for (std::size_t a = 0; a < members_; ++a) {
    if (star()) link(a, hub_);
    for (std::size_t b = 0; b < a && !star(); ++b) link(a, b);
  }
}

void Chaos::restart(std::size_t i) {
  birth(i);
  for (std::size_t other = 0; other < world_.size(); ++other) {
    if (other != i && (!star() || other == hub_)) link(i, other);
  }
  run_member(i);
}

// Sometimes its disk is lost too.
void Chaos::restart_hub() {
  auto hub = std::make_unique<HubMachine>(terms_, 1'000'000 + ++lives_[hub_]);
  if (random_.below(4) != 0 && !hub_store_.empty() && !hub->session.restore(hub_store_)) {
    world_.violate("a hub's own store was not restored");
  }
  world_.replace(hub_, std::move(hub));
  link_all();
}

void Chaos::junk() {
  const std::size_t to = star() && random_.below(2) == 0 ? hub_ : some_member();
  const std::size_t from = star() ? (to == hub_ ? some_member() : hub_) : some_member();
  if (!world_.exists(from) || !world_.exists(to) || from == to) return;
  if (random_.below(2) == 0 && !overheard_.empty()) {  // stale, and maybe of another link
    world_.inject(from, to,
                  overheard_[random_.below(static_cast<std::uint32_t>(overheard_.size()))]);
    return;
  }
  Bytes bytes(1 + random_.below(400));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.next_u32());
  world_.inject(from, to, std::move(bytes));
}

void Chaos::misfortune() {
  ++report_.misfortunes;
  const std::size_t a = some_member();
  const std::size_t b = star() ? hub_ : some_member();
  const Milliseconds back = world_.now() + some_ms(50, 8'000);
  switch (random_.below(star() ? 8 : 7)) {
    case 0:  // a link is lost
      world_.disconnect(a, b);
      return world_.at(back, [this, a, b] { link(a, b); });
    case 1: {  // the room falls apart in two
      std::vector<bool> side(world_.size());
      for (std::size_t i = 0; i < side.size(); ++i) side[i] = random_.below(2) == 0;
      for (std::size_t i = 0; i < side.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (side[i] != side[j]) world_.disconnect(i, j);
        }
      }
      return world_.at(back, [this] { link_all(); });
    }
    case 2:  // a page is closed, and opened again without its state
      if (world_.exists(a)) world_.crash(a);
      return world_.at(back, [this, a] { restart(a); });
    case 3:  // a phone sleeps
      return world_.sleep(a, back);
    case 4:  // a machine is slow for a while
      world_.set_step_ms(a, some_ms(200, 2'000));
      return world_.at(back, [this, a] { world_.set_step_ms(a, 50); });
    case 5:  // a visitor pauses
      if (!world_.exists(a)) return;
      world_.call(a, [&](Machine&, Milliseconds now) { return member(a).member.stop(now); });
      return world_.at(back, [this, a] {
        if (world_.exists(a)) run_member(a);
      });
    case 6:
      return junk();
    case 7:  // the server falls over
      if (!world_.exists(hub_)) return;
      world_.crash(hub_);
      return world_.at(back, [this] {
        if (!world_.exists(hub_)) restart_hub();
      });
  }
}

void Chaos::heal() {
  for (std::size_t i = 0; i < members_; ++i) {
    world_.sleep(i, world_.now());
    world_.set_step_ms(i, 50);
    if (!world_.exists(i)) restart(i);
    run_member(i);
  }
  if (star() && !world_.exists(hub_)) restart_hub();
  link_all();
}

// Within the time of two rounds, deadlines included, all heads lie on one line.
void Chaos::check_one_history() {
  const Milliseconds healed_at = world_.now();
  const Milliseconds round_ms =
      terms_.deadline_ms + protocol::kSilenceMs +
      static_cast<Milliseconds>(members_) * protocol::succession_ms(terms_.deadline_ms);
  const auto one_line = [&] {
    const protocol::Head* best = &member(0).member.head();
    for (std::size_t i = 1; i < members_; ++i) {
      if (protocol::better(member(i).member.head(), *best)) best = &member(i).member.head();
    }
    for (std::size_t i = 0; i < members_; ++i) {
      const protocol::Head& head = member(i).member.head();
      if (head.round + 1 < best->round || !ledger_.before_or_equal(head, *best)) return false;
    }
    return best->round > 0;
  };
  if (!world_.run_until(one_line, 2 * round_ms)) {
    std::string where;
    for (std::size_t i = 0; i < members_; ++i) {
      where += text(" ", member(i).member.head().round, "/", member(i).member.head().weight);
    }
    world_.violate(text("no one history ", 2 * round_ms, " ms after the last misfortune:", where));
  }
  report_.healed_ms = world_.now() - healed_at;
}

// All run to the same round and end with the same model, in which each listed update is once.
void Chaos::check_end() {
  std::uint64_t round = 0;
  for (std::size_t i = 0; i < members_; ++i) {
    round = std::max(round, member(i).member.head().round);
  }
  for (std::size_t i = 0; i < members_; ++i) run_member(i, {.until_round = round + 3});
  const auto idle = [&] {
    for (std::size_t i = 0; i < members_; ++i) {
      if (member(i).member.running()) return false;
    }
    return true;
  };
  if (!world_.run_until(idle, 120'000)) world_.violate("a round does not end");
  world_.run_for(5'000);  // forks of the last round settle
  const auto& first = member(0);
  for (std::size_t i = 0; i < members_; ++i) {
    const auto& other = member(i);
    if (other.member.head() != first.member.head() ||
        other.trainee.weights() != other.member.weights()) {
      world_.violate(text("participant ", i, " ends with another model than participant 0"));
    }
  }
  const std::string audit =
      ledger_.audit(first.member.head(), first.member.weights(), numbers_, terms_.local_steps);
  if (!audit.empty()) world_.violate(audit);
  report_.rounds = first.member.head().round;
}

ChaosReport Chaos::run() {
  while (world_.now() < config_.misfortune_ms) {
    world_.run_for(some_ms(20, 1'200));
    misfortune();
  }
  world_.run_for(8'000);  // until the last one's end
  heal();
  check_one_history();
  check_end();
  // Nobody holds more than some packets of each peer.
  const std::size_t packet = 1'000 + 4 * terms_.weight_count + 100 * members_;
  if (world_.most_held_bytes() > 16 * packet * (members_ + 2)) {
    world_.violate(text(world_.most_held_bytes(), " bytes were held"));
  }
  report_.violations = world_.violations();
  report_.frame_bytes = world_.frame_bytes();
  report_.most_held_bytes = world_.most_held_bytes();
  report_.virtual_ms = world_.now();
  return report_;
}

}  // namespace

ChaosReport run_chaos(const ChaosConfig& config) { return Chaos(config).run(); }

}  // namespace deai::simulate
