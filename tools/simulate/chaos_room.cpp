#include "chaos_room.h"

#include <algorithm>

#include "base/error.h"

namespace deai::simulate {

using protocol::Mode;
using protocol::Notice;

namespace {

constexpr std::size_t kWeights = 40;  // the first `participants` of them are the ledger
constexpr std::uint64_t kHubNumber = 1'000'000;

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

protocol::Terms terms_of(const ChaosConfig& config) {
  protocol::Terms terms = synthetic_terms(config.participants + kWeights);
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
  link_all();
  for (std::size_t i = 0; i < members; ++i) run_member(i);
}

void ChaosRoom::birth(std::size_t i, std::uint64_t life) {
  world.replace(i, std::make_unique<MemberMachine>(terms, i, members, samples_[i], life));
  authors[member(i).member.id()] = {i, samples_[i]};
}

// Sometimes the disk is a commit or some behind.
void ChaosRoom::record(std::size_t who, const Notice& notice) {
  if (notice.kind == Notice::Kind::kAdopted) ++report.adoptions;
  if (notice.kind != Notice::Kind::kRoundCommitted) return;
  if (notice.count < terms.min_participants) {
    world.violate(text("a commit of ", notice.count, " updates"));
  }
  if (star() && who == hub) {
    auto& session = dynamic_cast<HubMachine&>(world.machine(hub)).session;
    ledger.committed(session.head(), notice);
    stores_[hub] = session.save();
  } else {
    ledger.committed(member(who).member.head(), notice);
    if (random.below(3) != 0) stores_[who] = member(who).member.save();
  }
}

void ChaosRoom::run_member(std::size_t i, protocol::Goal goal) {
  world.call(i, [&](Machine&, Milliseconds now) { return member(i).member.run(goal, now); });
}

void ChaosRoom::link(std::size_t a, std::size_t b) {
  if (!star()) {
    world.connect(a, b);
  } else if (a != hub || b != hub) {
    world.connect(a == hub ? b : a, hub, true);
  }
}

void ChaosRoom::link_all() {
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
