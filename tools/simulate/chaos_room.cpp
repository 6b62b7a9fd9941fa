#include "chaos_room.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/error.h"

namespace deai::simulate {

using protocol::Mode;
using protocol::Notice;

namespace {

constexpr std::size_t kWeights = 40;  // the first `participants` of them are the ledger
constexpr std::size_t kManyWeights = 6'000;
constexpr std::uint64_t kHubNumber = 1'000'000;
constexpr std::uint32_t kRings = 2;  // of a matched room: four links each

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
  network.asymmetric = random.below(3) == 0;
  return network;
}

// Every scheme, each with what it has a choice of.
constexpr struct {
  const char* scheme;
  const char* codec;
  const char* topology;
} kGossip[] = {
    {"plain", "f32", "random_regular/4"},
    {"plain", "f16", "ring"},
    {"choco", "sign", "random_regular/3"},
    {"choco", "sign", "full"},
    {"choco", "int8", "random_regular/4"},
    {"power", "f32", "random_regular/4"},
    {"power", "f32", "ring"},
    {"swarm", "f32", "random_regular/4"},
    {"relay", "f32", "tree"},
    {"exponential", "f32", "exponential"},
};

// Graphs of which any four links are a part; of a large ring they would be too, but it takes
// thousands of rounds to find to one model.
bool fits_matched(std::string_view topology) {
  return topology == "full" || topology.starts_with("random_regular/");
}

protocol::Terms gossip_terms_of(const ChaosConfig& config) {
  Random random(config.seed, 5);
  const bool large = random.below(8) == 0 && config.participants <= 5;
  const std::size_t columns = large ? 750 : 10;
  protocol::Terms terms = synthetic_terms(8 * columns + 16);
  terms.tensors = {{8, columns}, {16, 1}};
  auto drawn = kGossip[random.below(std::size(kGossip))];
  while (config.matched && !fits_matched(drawn.topology)) {
    drawn = kGossip[random.below(std::size(kGossip))];
  }
  terms.gossip.scheme = drawn.scheme;
  terms.gossip.topology = drawn.topology;
  terms.codec = drawn.codec;
  terms.local_steps = 1;
  terms.deadline_ms = 3'000;
  terms.max_participants = static_cast<std::uint32_t>(config.participants) + 4;
  return terms;
}

protocol::Terms terms_of(const ChaosConfig& config) {
  if (config.gossips) return gossip_terms_of(config);
  Random random(config.seed, 4);
  // An eighth of the small rooms have a model of several frames, so that links' windows fill.
  const bool large = random.below(8) == 0 && config.participants <= 5;
  protocol::Terms terms = synthetic_terms(config.participants + (large ? kManyWeights : kWeights));
  // A third of the stars draw who learns in a round.
  if (config.mode == Mode::kFederated && random.below(3) == 0) {
    terms.sample = random.below(2) == 0
                       ? 0.4
                       : 1 + random.below(1 + static_cast<std::uint32_t>(config.participants / 2));
  }
  terms.deadline_ms = 3'000;
  terms.mode = config.mode;
  terms.max_participants = static_cast<std::uint32_t>(config.participants) + 4;
  return terms;
}

// A quarter of the rooms have participants who claim to have learnt from more samples than they
// have: a hundred times as many, or more than anybody may.
std::vector<std::uint32_t> claims_of(const ChaosConfig& config) {
  Random random(config.seed, 3);
  std::vector<std::uint32_t> samples(config.participants, 1);
  if (random.below(4) != 0) return samples;
  for (auto& one : samples) {
    if (random.below(3) == 0) one = random.below(2) == 0 ? 100 : 1u << 30;
  }
  return samples;
}

}  // namespace

ChaosRoom::ChaosRoom(const ChaosConfig& chaos)
    : config(chaos),
      members(chaos.participants),
      hub(chaos.participants),
      random(chaos.seed, 1),
      terms(terms_of(chaos)),
      world(chaos.seed, network_of(chaos.seed)),
      counted(chaos.participants),
      rounds(chaos.participants),
      matchmaker_(kRings, chaos.seed),
      lives_(chaos.participants + 1),
      samples_(claims_of(chaos)),
      stores_(chaos.participants + 1) {
  world.on_notice = [this](std::size_t who, const Notice& notice) { record(who, notice); };
  world.on_frame = [this](std::size_t, std::size_t, ByteView frame) {
    if (random.below(50) != 0) return;
    overheard_.emplace_back(frame.begin(), frame.end());
    if (overheard_.size() > 32) overheard_.erase(overheard_.begin());
  };
  // A page tries again when its link was closed.
  world.on_close = [this](std::size_t from, std::size_t to) {
    world.at(world.now() + some_ms(1'000, 3'000), [this, from, to] { link(from, to); });
  };
  for (std::size_t i = 0; i < members; ++i) {
    world.add(nullptr, some_ms(10, 120));
    birth(i, 0);
  }
  if (star()) world.add(std::make_unique<HubMachine>(terms, kHubNumber), 0);
  if (config.matched) {
    for (std::size_t i = 0; i < members; ++i) matchmaker_.join(i);
    rematch();
  }
  link_all();
  for (std::size_t i = 0; i < members; ++i) run_member(i);
}

void ChaosRoom::birth(std::size_t i, std::uint64_t life) {
  const std::size_t counting = gossips() ? 0 : members;
  world.replace(i, std::make_unique<MemberMachine>(terms, i, counting, samples_[i], life));
  authors[member(i).member.id()] = {i, samples_[i]};
}

// Sometimes the disk is a commit or some behind.
void ChaosRoom::record(std::size_t who, const Notice& notice) {
  if (notice.kind == Notice::Kind::kAdopted) ++report.adoptions;
  const bool of_hub = star() && who == hub;
  if (notice.kind == Notice::Kind::kPeerLate && of_hub) late_.insert(notice.peer);
  if (notice.kind != Notice::Kind::kRoundCommitted) return;
  if (gossips()) {
    ++rounds[who];
    if (random.below(3) != 0) stores_[who] = member(who).member.save();
    return;
  }
  check_commit(of_hub, notice);
  if (of_hub) {
    auto& session = dynamic_cast<HubMachine&>(world.machine(hub)).session;
    ledger.committed(session.head(), notice);
    stores_[hub] = session.save();
  } else {
    ledger.committed(member(who).member.head(), notice);
    if (random.below(3) != 0) stores_[who] = member(who).member.save();
  }
}

std::size_t ChaosRoom::most_drawn() const {
  if (terms.sample == 0) return members;
  const double most =
      terms.sample < 1 ? std::ceil(terms.sample * static_cast<double>(members)) : terms.sample;
  return std::min(members, static_cast<std::size_t>(most));
}

// No fewer updates than the quorum; of those that nobody was drawn for, only from who was late.
void ChaosRoom::check_commit(bool of_hub, const Notice& notice) {
  const std::size_t least =
      std::min<std::size_t>(terms.min_participants, terms.sample > 0 ? 1 : members);
  if (notice.count < least) world.violate(text("a commit of ", notice.count, " updates"));
  for (const protocol::PeerId& peer : notice.peers) counted[authors.at(peer).number] = true;
  if (!of_hub || terms.sample == 0) return;
  std::size_t drawn = 0;
  for (const protocol::PeerId& peer : notice.peers) drawn += late_.erase(peer) == 0;
  if (drawn > most_drawn()) {
    world.violate(text("a round of ", drawn, " members, ", most_drawn(), " are to be drawn"));
  }
}

void ChaosRoom::run_member(std::size_t i, protocol::Goal goal) {
  world.call(i, [&](Machine&, Milliseconds now) { return member(i).member.run(goal, now); });
}

void ChaosRoom::link(std::size_t a, std::size_t b) {
  if (config.matched && !matches_.contains(std::minmax(a, b))) return;
  if (!star()) {
    world.connect(a, b);
  } else if (a != hub || b != hub) {
    world.connect(a == hub ? b : a, hub, true);
  }
}

void ChaosRoom::rematch() {
  const Matchmaker::Pairs pairs = matchmaker_.pairs();
  const auto before = std::exchange(matches_, {pairs.begin(), pairs.end()});
  for (const auto& [a, b] : before) {
    if (!matches_.contains({a, b})) world.disconnect(a, b);
  }
  for (const auto& [a, b] : matches_) {
    if (!before.contains({a, b})) link(a, b);
  }
}

void ChaosRoom::come(std::size_t i) {
  if (!config.matched) return;
  matchmaker_.leave(i);
  matchmaker_.join(i);
  rematch();
}

void ChaosRoom::go(std::size_t i) {
  if (!config.matched) return;
  matchmaker_.leave(i);
  rematch();
}

void ChaosRoom::link_all() {
  for (const auto& [a, b] : matches_) link(a, b);
  if (config.matched) return;
  for (std::size_t a = 0; a < members; ++a) {
    if (star()) link(a, hub);
    for (std::size_t b = 0; b < a && !star(); ++b) link(a, b);
  }
}

void ChaosRoom::restart(std::size_t i, Memory memory) {
  birth(i, memory == Memory::kModelAndKey ? lives_[i] : ++lives_[i]);
  if (memory != Memory::kNothing && !stores_[i].empty() && !member(i).member.restore(stores_[i])) {
    world.violate(text("participant ", i, "'s own store was not restored"));
  }
  come(i);
  for (std::size_t other = 0; other < world.size(); ++other) {
    if (other != i && (!star() || other == hub)) link(i, other);
  }
  run_member(i);
}

void ChaosRoom::restart_hub(bool with_disk) {
  auto machine = std::make_unique<HubMachine>(terms, kHubNumber + ++lives_[hub]);
  if (with_disk && !stores_[hub].empty() && !machine->session.restore(stores_[hub])) {
    world.violate("a hub's own store was not restored");
  }
  world.replace(hub, std::move(machine));
  link_all();
}

}  // namespace deai::simulate
