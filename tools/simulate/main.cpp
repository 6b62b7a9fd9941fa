// tools/simulate: see README.md.
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "gossip/options.h"
#include "gossip/run.h"
#include "task_chaos.h"
#include "task_consensus.h"
#include "task_cost.h"
#include "task_folder.h"
#include "task_titanic.h"

namespace {

using namespace deai;

constexpr const char* kUsage =
    "usage: simulate [--task consensus|titanic|FOLDER] [--participants N] [--rounds N] [--seed S]\n"
    "                [--mode mesh|star] [--weights N] [--local-steps N]\n"
    "  of a FOLDER:  [--links N] [--sample N] [--batch-size N] [--exchange SCHEME] [--topology T]\n"
    "                [--codec C] [--learning-rate X] [--schedule-steps N] [--warm-up N]\n"
    "                [--threads N]\n"
    "       simulate --cost-plot FILE.svg [--participants MOST] [--weights N] [--seed S]\n"
    "       simulate --chaos [--runs N] [--seed S] [--participants N]\n"
    "                [--mode mesh|star|gossip|matched] [--until-violated]\n"
    "                [--real-signatures] [--threads N]\n"
    "Many participants in one process under virtual time; the same command prints the same "
    "numbers.\n"
    "--chaos: participants, links and the server suffer misfortunes; seeds S, S+1, ... are run, "
    "with\n"
    "2 to 12 participants unless said otherwise, star and mesh in turn unless said otherwise, of "
    "which\n"
    "a quarter gossip, on all cores. --real-signatures: Ed25519 in place of a hash, which is eight "
    "times slower.\n"
    "Exit status 1 when an invariant was violated.\n";

struct Arguments {
  std::string mode;
  std::uint64_t weights = 0;
  simulate::FolderConfig folder;
  simulate::ChaosRuns chaos_runs;
  std::string cost_plot;
  bool chaos = false;
};

template <typename Number>
bool read_number(const char* text, Number& number) {
  const std::string_view view(text);
  const auto result = std::from_chars(view.data(), view.data() + view.size(), number);
  return result.ec == std::errc() && result.ptr == view.data() + view.size();
}

bool parse(int count, char** words, Arguments& out) {
  simulate::FolderConfig& folder = out.folder;
  simulate::ChaosRuns& chaos = out.chaos_runs;
  const std::pair<std::string_view, bool*> switches[] = {
      {"--chaos", &out.chaos},
      {"--until-violated", &chaos.until_violated},
      {"--real-signatures", &chaos.real_signatures}};
  const std::pair<std::string_view, std::string*> texts[] = {
      {"--task", &folder.task},         {"--mode", &out.mode},
      {"--cost-plot", &out.cost_plot},  {"--exchange", &folder.exchange},
      {"--topology", &folder.topology}, {"--codec", &folder.codec}};
  const std::pair<std::string_view, std::uint64_t*> numbers[] = {
      {"--participants", &folder.participants},
      {"--rounds", &folder.rounds},
      {"--seed", &folder.seed},
      {"--runs", &chaos.runs},
      {"--weights", &out.weights},
      {"--local-steps", &folder.local_steps},
      {"--batch-size", &folder.batch_size},
      {"--sample", &folder.sample},
      {"--links", &folder.links},
      {"--schedule-steps", &folder.schedule_steps},
      {"--warm-up", &folder.warm_up},
      {"--threads", &folder.threads}};
  const auto find = [](const auto& table, std::string_view word) {
    for (const auto& [name, value] : table) {
      if (name == word) return value;
    }
    return decltype(table[0].second){};
  };
  for (int at = 1; at < count; ++at) {
    const std::string_view word = words[at];
    if (bool* const on = find(switches, word)) {
      *on = true;
      continue;
    }
    if (at + 1 == count) return false;
    const char* value = words[++at];
    if (std::string* const into = find(texts, word)) {
      *into = value;
    } else if (word == "--learning-rate") {
      if (!read_number(value, folder.learning_rate)) return false;
    } else {
      std::uint64_t* const number = find(numbers, word);
      if (number == nullptr || !read_number(value, *number)) return false;
    }
  }
  folder.star = out.mode == "star";
  return out.mode.empty() || out.mode == "mesh" || folder.star ||
         (out.chaos && (out.mode == "gossip" || out.mode == "matched"));
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
    simulate::FolderConfig& folder = arguments.folder;
    if (arguments.chaos) {
      simulate::ChaosRuns& wanted = arguments.chaos_runs;
      wanted.first_seed = folder.seed;
      wanted.participants = folder.participants;
      wanted.mode = arguments.mode;
      wanted.threads = static_cast<std::uint32_t>(folder.threads);
      return simulate::run_chaos_runs(wanted);
    }
    if (!arguments.cost_plot.empty()) {
      simulate::CostConfig cost{.svg = arguments.cost_plot};
      if (arguments.weights > 0) cost.weights = arguments.weights;
      if (folder.participants > 0) cost.participants = folder.participants;
      cost.seed = folder.seed;
      return simulate::run_cost(cost);
    }
    if (folder.participants == 0) folder.participants = 8;
    if (folder.task == "titanic") {
      return simulate::run_titanic({folder.participants, folder.rounds, folder.seed, folder.star});
    }
    if (folder.task != "consensus") return simulate::run_folder(folder);
    const auto local_steps = static_cast<std::uint32_t>(folder.local_steps);
    return simulate::run_consensus({folder.participants, folder.rounds, folder.seed, folder.star,
                                    arguments.weights > 0 ? arguments.weights : 1'000,
                                    local_steps > 0 ? local_steps : 4});
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", code_name(error.code()).data(), error.text().c_str());
    return 2;
  }
}
