#include "task_chaos.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "base/error.h"
#include "chaos.h"
#include "signatures.h"

namespace deai::simulate {

namespace {

ChaosConfig config_of(const ChaosRuns& wanted, std::uint64_t seed) {
  ChaosConfig config;
  config.seed = seed;
  config.participants = wanted.participants > 0 ? wanted.participants : 2 + seed % 11;
  const bool star = wanted.mode.empty() ? seed % 2 == 0 : wanted.mode == "star";
  config.mode = star ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
  config.matched = wanted.mode == "matched";
  config.gossips =
      config.matched || wanted.mode == "gossip" || (wanted.mode.empty() && seed % 8 == 5);
  return config;
}

void print_violations(const ChaosConfig& config, const ChaosReport& report) {
  std::printf("VIOLATED: simulate --chaos --runs 1 --seed %llu --participants %zu --mode %s\n",
              static_cast<unsigned long long>(config.seed), config.participants,
              config.matched                              ? "matched"
              : config.gossips                            ? "gossip"
              : config.mode == protocol::Mode::kFederated ? "star"
                                                          : "mesh");
  for (const std::string& violation : report.violations) std::printf("  %s\n", violation.c_str());
}

// What the protocol throws is a violation, too, and has a seed.
ChaosReport run_one(const ChaosConfig& config) {
  try {
    return run_chaos(config);
  } catch (const Error& error) {
    ChaosReport report;
    report.violations.push_back(text("thrown: ", error.text()));
    return report;
  }
}

// Each thread takes the next seed until there is none, or until one below it is known to be
// violated.
std::vector<ChaosReport> run_all(const ChaosRuns& wanted) {
  std::vector<ChaosReport> reports(wanted.runs);
  std::atomic<std::uint64_t> next = 0;
  std::atomic<std::uint64_t> end = wanted.runs;
  const auto work = [&] {
    for (std::uint64_t run = next++; run < end; run = next++) {
      reports[run] = run_one(config_of(wanted, wanted.first_seed + run));
      if (!wanted.until_violated || reports[run].violations.empty()) continue;
      std::uint64_t known = end;
      while (run + 1 < known && !end.compare_exchange_weak(known, run + 1)) {
      }
    }
  };
  const std::uint32_t cores =
      wanted.threads > 0 ? wanted.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (std::uint32_t i = 1; i < cores; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  reports.resize(end);
  return reports;
}

}  // namespace

int run_chaos_runs(const ChaosRuns& wanted) {
  if (!wanted.real_signatures) use_stand_in_signatures();
  const auto start = std::chrono::steady_clock::now();
  const std::vector<ChaosReport> reports = run_all(wanted);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  ChaosReport sum;
  std::uint64_t violated = 0;
  for (std::uint64_t run = 0; run < reports.size(); ++run) {
    const ChaosReport& report = reports[run];
    sum.rounds += report.rounds;
    sum.misfortunes += report.misfortunes;
    sum.adoptions += report.adoptions;
    sum.healed_ms = std::max(sum.healed_ms, report.healed_ms);
    if (report.violations.empty()) continue;
    ++violated;
    print_violations(config_of(wanted, wanted.first_seed + run), report);
  }
  std::printf(
      "%zu runs, %llu violated; %llu misfortunes, %llu rounds, %llu models taken over, "
      "longest way back to one history %lld ms (virtual)\n",
      reports.size(), static_cast<unsigned long long>(violated),
      static_cast<unsigned long long>(sum.misfortunes), static_cast<unsigned long long>(sum.rounds),
      static_cast<unsigned long long>(sum.adoptions), static_cast<long long>(sum.healed_ms));
  std::fflush(stdout);
  std::fprintf(stderr, "%.1f s, %.0f ms a run\n", seconds,
               1e3 * seconds / static_cast<double>(std::max<std::size_t>(reports.size(), 1)));
  return violated == 0 ? 0 : 1;
}

}  // namespace deai::simulate
