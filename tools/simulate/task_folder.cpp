#include "task_folder.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "gossip/samples.h"
#include "gossip/workers.h"
#include "matchmaker.h"
#include "session_machines.h"

namespace deai::simulate {

namespace {

void set(task::Choice& choice, std::string_view name, double value) {
  for (auto& setting : choice.settings) {
    if (setting.name == name) {
      setting.value = value;
      return;
    }
  }
  fail(ErrorCode::kArgument, text("simulate: the task's ", choice.kind, " has no ", name));
}

task::Task task_of(const FolderConfig& config, task::Task task) {
  const auto everybody = static_cast<std::uint32_t>(config.participants);
  task::Exchange& exchange = task.exchange;
  exchange.max_participants = std::max(exchange.max_participants, everybody);
  if (config.sample > 0) exchange.sample = static_cast<double>(config.sample);
  if (config.local_steps > 0) exchange.local_steps = static_cast<Index>(config.local_steps);
  if (!config.exchange.empty()) {
    exchange.scheme = config.exchange;
    exchange.topology = "random_regular/4";
  }
  if (!config.topology.empty()) exchange.topology = config.topology;
  if (!config.codec.empty()) exchange.codec = config.codec;
  task::Training& training = task.training;
  if (config.batch_size > 0) training.batch_size = static_cast<Index>(config.batch_size);
  if (config.learning_rate > 0) set(training.optimizer, "learning_rate", config.learning_rate);
  if (config.schedule_steps > 0) {
    set(training.schedule, "steps", static_cast<double>(config.schedule_steps));
  }
  if (config.warm_up > 0) set(training.schedule, "warm_up", static_cast<double>(config.warm_up));
  return task;
}

// Pages, each with its hand of the sample: around a server, all with all, or with those that a
// matchmaker finds for them. What a page computes, it does on one thread from beginning to end.
class Folder {
 public:
  explicit Folder(const FolderConfig& config)
      : config_(config),
        samples_("tasks/" + config.task, "tasks/" + config.task, 0, 0),
        task_(task_of(config, samples_.task())),
        workers_(static_cast<std::uint32_t>(config.threads)),
        world_(config.seed, {}) {
    const auto everybody = static_cast<std::uint32_t>(config.participants);
    make_pages(everybody);
    if (config.star) {
      world_.add(std::make_unique<CoordinatorMachine>(
                     session::CoordinatorConfig{task_, "simulated", everybody},
                     entropy(config.seed << 20 | 0xfffff)),
                 0);
    }
    connect();
    world_.step_together([this](const std::vector<std::size_t>& ids, const auto& body) {
      workers_.for_each(workers_.size(), [&](std::uint32_t thread) {
        for (std::size_t at = 0; at < ids.size(); ++at) {
          if (ids[at] % workers_.size() == thread) body(at);
        }
      });
    });
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
      report(part == 10);
    }
    const bool same = gossips() || std::all_of(pages_.begin(), pages_.end(), [&](const auto* page) {
                        return page->session.model_hash() == pages_.front()->session.model_hash();
                      });
    if (!gossips()) std::printf("one model %s  ", same ? "yes" : "NO");
    std::printf("virtual seconds %.1f\n", static_cast<double>(world_.now()) / 1e3);
    for (const auto& violation : world_.violations())
      std::printf("VIOLATED: %s\n", violation.c_str());
    return ended && same && world_.violations().empty() ? 0 : 1;
  }

 private:
  // Their own models, of so many pages, are judged.
  static constexpr std::size_t kMostJudged = 20;

  bool gossips() const { return !config_.star && task_.exchange.gossips(); }
  // Whose links are few waits for few.
  std::uint32_t least() const {
    const std::uint64_t everybody = config_.participants;
    const bool sparse = !config_.star && config_.links > 0;
    return static_cast<std::uint32_t>(sparse ? std::min(everybody, config_.links / 2) : everybody);
  }

  void make_pages(std::uint32_t everybody) {
    const auto hands = gossip::deal("iid", samples_.labels(), everybody, config_.seed);
    std::vector<std::unique_ptr<ParticipantMachine>> made(everybody);
    std::vector<std::unique_ptr<session::Learner>> judges(workers_.size());
    workers_.for_each(everybody, [&](std::uint32_t i) { made[i] = page(i, hands[i]); });
    workers_.for_each(workers_.size(), [&](std::uint32_t thread) {
      judges[thread] = std::make_unique<session::Learner>(task_, 0);
      samples_.add_held_out(*judges[thread]);
    });
    judges_ = std::move(judges);
    for (auto& machine : made) {
      pages_.push_back(machine.get());
      world_.add(std::move(machine), 5);
    }
  }

  std::unique_ptr<ParticipantMachine> page(std::uint32_t number,
                                           const std::vector<std::uint32_t>& rows) const {
    session::ParticipantConfig page;
    page.task = task_;
    page.room = "simulated";
    page.seed = config_.seed << 20 | number;
    page.mode = config_.star ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
    page.min_participants = least();
    auto machine = std::make_unique<ParticipantMachine>(page, entropy(config_.seed << 20 | number));
    samples_.add(machine->session.learner(), rows);
    return machine;
  }

  void connect() {
    const std::size_t everybody = pages_.size();
    if (!config_.star && config_.links > 0) {
      Matchmaker matchmaker(static_cast<std::uint32_t>(config_.links / 2), config_.seed);
      for (std::size_t i = 0; i < everybody; ++i) matchmaker.join(i);
      for (const auto& [a, b] : matchmaker.pairs()) world_.connect(a, b);
      return;
    }
    for (std::size_t a = 0; a < everybody; ++a) {
      if (config_.star) world_.connect(a, everybody, true);
      for (std::size_t b = 0; b < a && !config_.star; ++b) world_.connect(a, b);
    }
  }

  bool until(std::uint64_t round) {
    return world_.run_until(
        [&] {
          return std::all_of(pages_.begin(), pages_.end(),
                             [&](const auto* page) { return page->session.round() >= round; });
        },
        static_cast<Milliseconds>(config_.rounds + 10) * 2 * task_.exchange.deadline_ms);
  }

  std::vector<float> weights_of(std::size_t page) {
    session::Learner& learner = pages_[page]->session.learner();
    std::vector<float> weights(learner.weight_count());
    learner.get_weights(weights);
    return weights;
  }

  std::vector<float> mean() {
    std::vector<double> sum(pages_.front()->session.learner().weight_count());
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      const std::vector<float> weights = weights_of(i);
      for (std::size_t at = 0; at < sum.size(); ++at) sum[at] += static_cast<double>(weights[at]);
    }
    std::vector<float> mean;
    for (const double one : sum) {
      mean.push_back(static_cast<float>(one / static_cast<double>(pages_.size())));
    }
    return mean;
  }

  // Each model's accuracy on what is held out.
  std::vector<double> judge(const std::vector<std::vector<float>>& models) {
    std::vector<double> accuracies(models.size());
    workers_.for_each(static_cast<std::uint32_t>(models.size()), [&](std::uint32_t i) {
      session::Learner& judge = *judges_[i % workers_.size()];
      judge.set_weights(models[i]);
      accuracies[i] = evaluate(judge, session::Part::kHeldOut).accuracy;
    });
    return accuracies;
  }

  void report(bool last) {
    const std::uint64_t round = std::max<std::uint64_t>(pages_.front()->session.round(), 1);
    std::uint64_t sent = 0, received = 0;
    for (const auto* page : pages_) {
      sent += page->session.traffic().sent_bytes;
      received += page->session.traffic().received_bytes;
    }
    const auto share = static_cast<double>(round * pages_.size());
    std::vector<std::vector<float>> models{gossips() ? mean() : weights_of(0)};
    const std::size_t own = last && gossips() ? std::min(kMostJudged, pages_.size()) : 0;
    for (std::size_t i = 0; i < own; ++i) models.push_back(weights_of(i * pages_.size() / own));
    const std::vector<double> accuracies = judge(models);
    std::printf(
        "round %llu  held-out accuracy %.4f  a participant and round sends %.0f and gets %.0f "
        "bytes",
        static_cast<unsigned long long>(round), accuracies.front(),
        static_cast<double>(sent) / share, static_cast<double>(received) / share);
    if (own > 0) {
      double sum = 0;
      for (std::size_t i = 1; i <= own; ++i) sum += accuracies[i];
      std::printf("  %zu pages' own %.4f, the least %.4f", own, sum / static_cast<double>(own),
                  *std::min_element(accuracies.begin() + 1, accuracies.end()));
    }
    std::printf("\n");
    std::fflush(stdout);
  }

  const FolderConfig& config_;
  gossip::Samples samples_;
  task::Task task_;
  gossip::Workers workers_;
  World world_;
  std::vector<ParticipantMachine*> pages_;
  std::vector<std::unique_ptr<session::Learner>> judges_;  // one of each thread
};

}  // namespace

int run_folder(const FolderConfig& config) { return Folder(config).run(); }

}  // namespace deai::simulate
