// tools/simulate: see README.md.
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gossip/options.h"
#include "gossip/run.h"
#include "task_chaos.h"
#include "task_consensus.h"
#include "task_folder.h"
#include "task_titanic.h"

namespace {

using namespace deai;

constexpr const char* kUsage =
    "usage: simulate [--task consensus|titanic|FOLDER] [--participants N] [--rounds N] [--seed S]\n"
    "                [--mode mesh|star] [--weights N] [--local-steps N] [--sample N] [--batch-size "
    "N]\n"
    "       simulate --chaos [--runs N] [--seed S] [--participants N] [--mode mesh|star]\n"
    "                [--until-violated] [--real-signatures] [--threads N]\n"
    "Many participants in one process under virtual time; the same command prints the same "
    "numbers.\n"
    "--chaos: participants, links and the server suffer misfortunes; seeds S, S+1, ... are run, "
    "with\n"
    "2 to 12 participants unless said otherwise, mesh and star in turn unless said otherwise, on "
    "all\n"
    "cores. --real-signatures: Ed25519 in place of a hash, which is eight times slower.\n"
    "Exit status 1 when an invariant was violated.\n";

struct Arguments {
  std::string task = "consensus";
  std::string mode;
  std::uint64_t participants = 0;
  std::uint64_t rounds = 20;
  std::uint64_t seed = 1;
  std::uint64_t runs = 100;
  std::uint64_t weights = 1'000;
  std::uint64_t local_steps = 0;
  std::uint64_t batch_size = 0;
  std::uint64_t sample = 0;
  bool chaos = false;
  std::uint64_t threads = 0;
  bool until_violated = false;
  bool real_signatures = false;
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
    if (word == "--real-signatures") {
      out.real_signatures = true;
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
                              : word == "--batch-size"  ? &out.batch_size
                              : word == "--sample"      ? &out.sample
                              : word == "--threads"     ? &out.threads
                                                        : nullptr;
      if (number == nullptr || !read_number(value, *number)) return false;
    }
  }
  const bool mode_known = out.mode.empty() || out.mode == "mesh" || out.mode == "star";
  return mode_known;
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
    if (arguments.chaos) {
      simulate::ChaosRuns wanted;
      wanted.first_seed = arguments.seed;
      wanted.runs = arguments.runs;
      wanted.participants = arguments.participants;
      wanted.mode = arguments.mode;
      wanted.until_violated = arguments.until_violated;
      wanted.real_signatures = arguments.real_signatures;
      wanted.threads = static_cast<std::uint32_t>(arguments.threads);
      return simulate::run_chaos_runs(wanted);
    }
    const bool star = arguments.mode == "star";
    const std::size_t participants = arguments.participants > 0 ? arguments.participants : 8;
    if (arguments.task == "titanic") {
      return simulate::run_titanic({participants, arguments.rounds, arguments.seed, star});
    }
    const auto local_steps = static_cast<std::uint32_t>(arguments.local_steps);
    if (arguments.task != "consensus") {
      return simulate::run_folder({arguments.task, participants, arguments.rounds, arguments.seed,
                                   star, static_cast<double>(arguments.sample), local_steps,
                                   static_cast<std::uint32_t>(arguments.batch_size)});
    }
    return simulate::run_consensus({participants, arguments.rounds, arguments.seed, star,
                                    arguments.weights, local_steps > 0 ? local_steps : 4});
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", code_name(error.code()).data(), error.text().c_str());
    return 2;
  }
}
