#include "task_titanic.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "session_machines.h"

namespace deai::simulate {

namespace {

using Lines = std::vector<std::string>;

Lines read_lines(const std::string& path) {
  std::ifstream file("tasks/titanic/" + path);
  if (!file) {
    fail(ErrorCode::kArgument,
         text("tasks/titanic/", path, " is not here: start from the repository's root"));
  }
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// As Learner::add_table takes it. The sample's cells hold no commas and no quotes.
Bytes table(const Lines& lines) {
  const auto columns = 1 + std::count(lines.front().begin(), lines.front().end(), ',');
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(lines.size()));
  out.u32(static_cast<std::uint32_t>(columns));
  for (const std::string& line : lines) {
    std::string_view rest = line;
    for (std::size_t at = rest.find(','); at != std::string_view::npos; at = rest.find(',')) {
      out.sized(rest.substr(0, at));
      rest.remove_prefix(at + 1);
    }
    out.sized(rest);
  }
  return out.take();
}

// One table per participant: header, then every participants-th row.
std::vector<Lines> deal(std::size_t participants) {
  std::vector<Lines> hands(participants);
  std::size_t row = 0;
  for (const char* shard : {"shard-1", "shard-2", "shard-3", "shard-4"}) {
    const Lines lines = read_lines(text("sample/", shard, ".csv"));
    for (Lines& hand : hands) {
      if (hand.empty()) hand.push_back(lines.front());
    }
    for (std::size_t i = 1; i < lines.size(); ++i) hands[row++ % participants].push_back(lines[i]);
  }
  return hands;
}

std::string read_task() {
  std::string content;
  for (const std::string& line : read_lines("task.json")) content += line + "\n";
  return content;
}

}  // namespace

int run_titanic(const TitanicConfig& config) {
  task::Task task = task::parse(read_task());
  task.exchange.max_participants =
      std::max(task.exchange.max_participants, static_cast<std::uint32_t>(config.participants));
  const auto everybody = static_cast<std::uint32_t>(config.participants);
  World world(config.seed, {});
  std::vector<ParticipantMachine*> machines;
  const std::vector<Lines> hands = deal(config.participants);
  for (std::size_t i = 0; i < config.participants; ++i) {
    session::ParticipantConfig participant;
    participant.task = task;
    participant.room = "simulated";
    participant.seed = config.seed + i;
    participant.mode = config.star ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
    participant.min_participants = everybody;
    auto machine =
        std::make_unique<ParticipantMachine>(participant, entropy(config.seed << 20 | i));
    machine->session.learner().add_table(session::Part::kTraining, "titanic", table(hands[i]));
    machines.push_back(machine.get());
    world.add(std::move(machine), 5);
  }
  if (config.star) {
    world.add(std::make_unique<CoordinatorMachine>(
                  session::CoordinatorConfig{task, "simulated", everybody},
                  entropy(config.seed << 20 | 0xfffff)),
              0);
  }
  for (std::size_t a = 0; a < config.participants; ++a) {
    if (config.star) world.connect(a, config.participants, true);
    for (std::size_t b = 0; b < a && !config.star; ++b) world.connect(a, b);
  }
  for (std::size_t i = 0; i < config.participants; ++i) {
    world.call(i, [&](Machine&, Milliseconds now) {
      session::Target target;
      target.until_round = config.rounds;
      return machines[i]->session.run(target, now);
    });
  }
  const bool ended = world.run_until(
      [&] {
        return std::all_of(machines.begin(), machines.end(), [&](const auto* machine) {
          return machine->session.round() >= config.rounds;
        });
      },
      static_cast<Milliseconds>(config.rounds + 10) * 2 * task.exchange.deadline_ms);
  world.run_for(5'000);
  bool one_model = true;
  for (const auto* machine : machines) {
    one_model =
        one_model && machine->session.model_hash() == machines.front()->session.model_hash();
  }
  session::Learner& learner = machines.front()->session.learner();
  learner.add_table(session::Part::kHeldOut, "held-out", table(read_lines("sample/held-out.csv")));
  const session::EvaluationReport report = evaluate(learner, session::Part::kHeldOut);
  std::printf("task titanic  participants %zu  mode %s  rounds %llu\n", config.participants,
              config.star ? "star" : "mesh",
              static_cast<unsigned long long>(machines.front()->session.round()));
  std::printf("held-out accuracy %.4f  loss %.4f  one model %s\n", report.accuracy, report.loss,
              one_model ? "yes" : "NO");
  std::printf(
      "bytes sent per participant and round %.0f  virtual seconds %.1f\n",
      static_cast<double>(world.frame_bytes()) /
          static_cast<double>(config.participants * std::max<std::uint64_t>(config.rounds, 1)),
      static_cast<double>(world.now()) / 1e3);
  for (const auto& violation : world.violations()) std::printf("VIOLATED: %s\n", violation.c_str());
  return ended && one_model && world.violations().empty() ? 0 : 1;
}

}  // namespace deai::simulate
