// tools/simulate: see README.md.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/error.h"
#include "chaos.h"
#include "gossip/options.h"
#include "gossip/run.h"
#include "task_consensus.h"
#include "task_titanic.h"

namespace {

using namespace deai;

constexpr const char* kUsage =
    "usage: simulate [--task consensus|titanic] [--participants N] [--rounds N] [--seed S]\n"
    "                [--mode mesh|star] [--weights N] [--local-steps N]\n"
    "       simulate --chaos [--runs N] [--seed S] [--participants N] [--mode mesh|star]\n"
    "                [--until-violated]\n"
    "Many participants in one process under virtual time; the same command prints the same "
    "numbers.\n"
    "--chaos: participants, links and the server suffer misfortunes; seeds S, S+1, ... are run, "
    "with\n"
    "2 to 12 participants unless said otherwise, mesh and star in turn unless said otherwise.\n"
    "Exit status 1 when an invariant was violated.\n";

struct Arguments {
  std::string task = "consensus";
  std::string mode;
  std::uint64_t participants = 0;
  std::uint64_t rounds = 20;
  std::uint64_t seed = 1;
  std::uint64_t runs = 100;
  std::uint64_t weights = 1'000;
  std::uint64_t local_steps = 4;
  bool chaos = false;
  bool until_violated = false;
};

bool read_number(const char* text, std::uint64_t& number) {
  const std::string_view view(text);
  const auto result = std::from_chars(view.data(), view.data() + view.size(), number);
  return result.ec == std::errc() && result.ptr == view.data() + view.size();
}

bool parse(int count, char** words, Arguments& out) {
  for (int at = 1; at < count; ++at) {
    const std::string_view word = words[at];
    if (word == "--chaos") {
      out.chaos = true;
      continue;
    }
    if (word == "--until-violated") {
      out.until_violated = true;
      continue;
    }
    if (at + 1 == count) return false;
    const char* value = words[++at];
    if (word == "--task") {
      out.task = value;
    } else if (word == "--mode") {
      out.mode = value;
    } else {
      std::uint64_t* number = word == "--participants"  ? &out.participants
                              : word == "--rounds"      ? &out.rounds
                              : word == "--seed"        ? &out.seed
                              : word == "--runs"        ? &out.runs
                              : word == "--weights"     ? &out.weights
                              : word == "--local-steps" ? &out.local_steps
                                                        : nullptr;
      if (number == nullptr || !read_number(value, *number)) return false;
    }
  }
  const bool mode_known = out.mode.empty() || out.mode == "mesh" || out.mode == "star";
  return mode_known && (out.task == "consensus" || out.task == "titanic");
}

int run_chaos_seeds(const Arguments& arguments) {
  std::uint64_t violated = 0, rounds = 0, misfortunes = 0, adoptions = 0;
  std::int64_t longest_ms = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t run = 0; run < arguments.runs; ++run) {
    simulate::ChaosConfig config;
    config.seed = arguments.seed + run;
    config.participants =
        arguments.participants > 0 ? arguments.participants : 2 + config.seed % 11;
    const bool star = arguments.mode.empty() ? config.seed % 2 == 0 : arguments.mode == "star";
    config.mode = star ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
    const simulate::ChaosReport report = simulate::run_chaos(config);
    rounds += report.rounds;
    misfortunes += report.misfortunes;
    adoptions += report.adoptions;
    longest_ms = std::max(longest_ms, report.healed_ms);
    if (report.violations.empty()) continue;
    ++violated;
    std::printf("VIOLATED: simulate --chaos --runs 1 --seed %llu --participants %zu --mode %s\n",
                static_cast<unsigned long long>(config.seed), config.participants,
                star ? "star" : "mesh");
    for (const std::string& violation : report.violations) std::printf("  %s\n", violation.c_str());
    if (arguments.until_violated) break;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf(
      "%llu runs, %llu violated; %llu misfortunes, %llu rounds, %llu models taken over, "
      "longest way back to one history %lld ms (virtual)\n",
      static_cast<unsigned long long>(arguments.runs), static_cast<unsigned long long>(violated),
      static_cast<unsigned long long>(misfortunes), static_cast<unsigned long long>(rounds),
      static_cast<unsigned long long>(adoptions), static_cast<long long>(longest_ms));
  std::fprintf(stderr, "%.1f s, %.0f ms a run\n", seconds,
               1e3 * seconds / static_cast<double>(std::max<std::uint64_t>(arguments.runs, 1)));
  return violated == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  try {
    for (int at = 1; at < count; ++at) {
      if (std::string_view(words[at]) == "--scheme") return simulate::gossip::run(count, words);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 2;
  }
  Arguments arguments;
  if (!parse(count, words, arguments)) {
    std::fputs(kUsage, stderr);
    std::fputs(simulate::gossip::kOptionsUsage, stderr);
    return 2;
  }
  try {
    if (arguments.chaos) return run_chaos_seeds(arguments);
    const bool star = arguments.mode == "star";
    const std::size_t participants = arguments.participants > 0 ? arguments.participants : 8;
    if (arguments.task == "titanic") {
      return simulate::run_titanic({participants, arguments.rounds, arguments.seed, star});
    }
    return simulate::run_consensus({participants, arguments.rounds, arguments.seed, star,
                                    arguments.weights,
                                    static_cast<std::uint32_t>(arguments.local_steps)});
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", code_name(error.code()).data(), error.text().c_str());
    return 2;
  }
}
