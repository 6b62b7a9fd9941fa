#include "task_folder.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "gossip/samples.h"
#include "session_machines.h"

namespace deai::simulate {

namespace {

task::Task task_of(const FolderConfig& config, task::Task task) {
  const auto everybody = static_cast<std::uint32_t>(config.participants);
  task.exchange.max_participants = std::max(task.exchange.max_participants, everybody);
  if (config.sample > 0) task.exchange.sample = config.sample;
  if (config.local_steps > 0) task.exchange.local_steps = config.local_steps;
  if (config.batch_size > 0) task.training.batch_size = config.batch_size;
  return task;
}

// Pages, each with its hand of the sample, around a server or all with all.
class Folder {
 public:
  explicit Folder(const FolderConfig& config)
      : config_(config),
        samples_("tasks/" + config.task, "tasks/" + config.task, 0, 0),
        task_(task_of(config, samples_.task())),
        world_(config.seed, {}) {
    const auto everybody = static_cast<std::uint32_t>(config.participants);
    const auto hands = gossip::deal("iid", samples_.labels(), everybody, config.seed);
    for (std::size_t i = 0; i < config.participants; ++i) add(i, hands[i]);
    if (config.star) {
      world_.add(std::make_unique<CoordinatorMachine>(
                     session::CoordinatorConfig{task_, "simulated", everybody},
                     entropy(config.seed << 20 | 0xfffff)),
                 0);
    }
    for (std::size_t a = 0; a < config.participants; ++a) {
      if (config.star) world_.connect(a, config.participants, true);
      for (std::size_t b = 0; b < a && !config.star; ++b) world_.connect(a, b);
    }
  }

  int run() {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      world_.call(i, [&](Machine&, Milliseconds now) {
        session::Target target;
        target.until_round = config_.rounds;
        return pages_[i]->session.run(target, now);
      });
    }
    bool ended = true;
    for (std::uint64_t part = 1; part <= 10 && ended; ++part) {
      ended = until(std::max<std::uint64_t>(config_.rounds * part / 10, 1));
      if (part == 10) world_.run_for(5'000);
      report();
    }
    const bool same = std::all_of(pages_.begin(), pages_.end(), [&](const auto* page) {
      return page->session.model_hash() == pages_.front()->session.model_hash();
    });
    std::printf("one model %s  virtual seconds %.1f\n", same ? "yes" : "NO",
                static_cast<double>(world_.now()) / 1e3);
    for (const auto& violation : world_.violations())
      std::printf("VIOLATED: %s\n", violation.c_str());
    return ended && same && world_.violations().empty() ? 0 : 1;
  }

 private:
  void add(std::size_t number, const std::vector<std::uint32_t>& rows) {
    session::ParticipantConfig page;
    page.task = task_;
    page.room = "simulated";
    page.seed = config_.seed << 20 | number;
    page.mode = config_.star ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
    page.min_participants = static_cast<std::uint32_t>(config_.participants);
    auto machine = std::make_unique<ParticipantMachine>(page, entropy(config_.seed << 20 | number));
    session::Learner& learner = machine->session.learner();
    samples_.add(learner, rows);
    if (number == 0) samples_.add_held_out(learner);
    pages_.push_back(machine.get());
    world_.add(std::move(machine), 5);
  }

  bool until(std::uint64_t round) {
    return world_.run_until(
        [&] {
          return std::all_of(pages_.begin(), pages_.end(),
                             [&](const auto* page) { return page->session.round() >= round; });
        },
        static_cast<Milliseconds>(config_.rounds + 10) * 2 * task_.exchange.deadline_ms);
  }

  void report() {
    session::Participant& first = pages_.front()->session;
    const std::uint64_t round = std::max<std::uint64_t>(first.round(), 1);
    std::uint64_t sent = 0, received = 0;
    for (const auto* page : pages_) {
      sent += page->session.traffic().sent_bytes;
      received += page->session.traffic().received_bytes;
    }
    const auto share = static_cast<double>(round * pages_.size());
    std::printf(
        "round %llu  held-out accuracy %.4f  a participant and round sends %.0f and gets %.0f "
        "bytes\n",
        static_cast<unsigned long long>(round),
        evaluate(first.learner(), session::Part::kHeldOut).accuracy,
        static_cast<double>(sent) / share, static_cast<double>(received) / share);
    std::fflush(stdout);
  }

  const FolderConfig& config_;
  gossip::Samples samples_;
  task::Task task_;
  World world_;
  std::vector<ParticipantMachine*> pages_;
};

}  // namespace

int run_folder(const FolderConfig& config) { return Folder(config).run(); }

}  // namespace deai::simulate
