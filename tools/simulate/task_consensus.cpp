#include "task_consensus.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "machines.h"
#include "world.h"

namespace deai::simulate {

namespace {

double distance_to_mean(const std::vector<const MemberMachine*>& members) {
  const std::size_t count = members.front()->member.weights().size();
  double sum = 0;
  for (std::size_t w = 0; w < count; ++w) {
    double mean = 0;
    for (const auto* machine : members) mean += static_cast<double>(machine->trainee.target()[w]);
    mean /= static_cast<double>(members.size());
    const double off = static_cast<double>(members.front()->member.weights()[w]) - mean;
    sum += off * off;
  }
  return std::sqrt(sum / static_cast<double>(count));
}

}  // namespace

int run_consensus(const ConsensusConfig& config) {
  protocol::Terms terms = synthetic_terms(config.weights);
  terms.local_steps = config.local_steps;
  terms.deadline_ms = 30'000;
  terms.max_participants = static_cast<std::uint32_t>(config.participants);
  terms.min_participants = static_cast<std::uint32_t>(
      std::min<std::size_t>(config.participants, aggregate::kMaxMembers));
  terms.mode = config.star ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
  World world(config.seed, {});
  std::vector<const MemberMachine*> members;
  for (std::size_t i = 0; i < config.participants; ++i) {
    auto machine = std::make_unique<MemberMachine>(terms, i + (config.seed << 20), 0);
    members.push_back(machine.get());
    world.add(std::move(machine), 50);
  }
  if (config.star) world.add(std::make_unique<HubMachine>(terms, config.seed << 20 | 0xfffff), 0);
  for (std::size_t a = 0; a < config.participants; ++a) {
    if (config.star) world.connect(a, config.participants, true);
    for (std::size_t b = 0; b < a && !config.star; ++b) world.connect(a, b);
  }
  for (std::size_t i = 0; i < config.participants; ++i) {
    world.call(i, [&](Machine& machine, Milliseconds now) {
      return dynamic_cast<MemberMachine&>(machine).member.run({.until_round = config.rounds}, now);
    });
  }
  const bool ended = world.run_until(
      [&] {
        return std::none_of(members.begin(), members.end(),
                            [](const auto* machine) { return machine->member.running(); });
      },
      static_cast<Milliseconds>(config.rounds + 10) * 2 * terms.deadline_ms);
  world.run_for(5'000);
  bool one_model = true;
  for (const auto* machine : members) {
    one_model = one_model && machine->member.head() == members.front()->member.head();
  }
  const double per_round =
      static_cast<double>(world.frame_bytes()) /
      static_cast<double>(config.participants * std::max<std::uint64_t>(config.rounds, 1));
  std::printf("participants %zu  mode %s  weights %zu  rounds %llu\n", config.participants,
              config.star ? "star" : "mesh", config.weights,
              static_cast<unsigned long long>(members.front()->member.head().round));
  std::printf("distance to the mean of the targets %.3g  one model %s\n", distance_to_mean(members),
              one_model ? "yes" : "NO");
  std::printf("bytes sent per participant and round %.0f  virtual seconds %.1f\n", per_round,
              static_cast<double>(world.now()) / 1e3);
  for (const auto& violation : world.violations()) std::printf("VIOLATED: %s\n", violation.c_str());
  return ended && one_model && world.violations().empty() ? 0 : 1;
}

}  // namespace deai::simulate
