// Trains a task on its own sample, natively and alone: what accuracy to expect, and how fast.
//   train --task tasks/mnist [--epochs 3] [--steps N] [--seed 1] [--first-weights N] [--shards N]
//         [--judge-by NAME] [--export FILE]
// --seed: of shuffling and dropout. --first-weights: in place of the seed in task.json.
// --steps: at most so many in all. --judge-by: in place of what the task holds out,
// sample/NAME-images.idx.gz with its labels, sample/NAME.csv or sample/NAME.txt.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "base/error.h"
#include "files.h"
#include "session/learner.h"
#include "task/json.h"

namespace deai::train {
namespace {

struct Options {
  std::string task;
  double epochs = 3;
  long steps = std::numeric_limits<long>::max();
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> first_weights;
  std::size_t shards = 0;  // 0: all
  std::string judge_by;
  std::string export_to;
};

Options read_options(int count, char** words) {
  Options options;
  for (int at = 1; at < count; at += 2) {
    const std::string name = words[at];
    if (at + 1 == count) fail(ErrorCode::kArgument, text(name, " needs a value"));
    const char* const value = words[at + 1];
    if (name == "--task") {
      options.task = value;
    } else if (name == "--epochs") {
      options.epochs = std::atof(value);
    } else if (name == "--steps") {
      options.steps = std::atol(value);
    } else if (name == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--first-weights") {
      options.first_weights = std::strtoull(value, nullptr, 10);
    } else if (name == "--judge-by") {
      options.judge_by = value;
    } else if (name == "--shards") {
      options.shards = std::strtoull(value, nullptr, 10);
    } else if (name == "--export") {
      options.export_to = value;
    } else {
      fail(ErrorCode::kArgument, text("unknown option ", name));
    }
  }
  if (options.task.empty()) {
    fail(ErrorCode::kArgument,
         "usage: train --task FOLDER [--epochs N] [--steps N] [--seed N] [--first-weights N] "
         "[--shards N] "
         "[--judge-by NAME] [--export FILE]");
  }
  return options;
}

using session::Part;

void add_table(session::Learner& learner, Part part, const std::string& path) {
  learner.add_table(part, path, cells_of_csv(read_file(path)));
}

void add_images(session::Learner& learner, Part part, const std::string& images,
                const std::string& labels_path) {
  const Bytes labels = read_idx(labels_path);
  learner.add_images(part, images, read_idx(images),
                     std::vector<std::uint32_t>(labels.begin(), labels.end()));
}

void add_text(session::Learner& learner, Part part, const std::string& path) {
  const std::string text = read_file(path);
  learner.add_text(part, path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void add_part(session::Learner& learner, Part part, const std::string& folder,
              const task::json::Value& files) {
  const task::json::Value table = files.member("table");
  if (table.present()) {
    add_table(learner, part, folder + '/' + table.text(1, 200));
  } else if (const task::json::Value text = files.member("text"); text.present()) {
    add_text(learner, part, folder + '/' + text.text(1, 200));
  } else {
    add_images(learner, part, folder + '/' + files.member("images").text(1, 200),
               folder + '/' + files.member("labels").text(1, 200));
  }
}

// A part that task.json does not name, such as one to choose settings by.
void add_unnamed_part(session::Learner& learner, const task::Task& task, const Options& options) {
  const std::string path = options.task + "/sample/" + options.judge_by;
  if (std::holds_alternative<task::TableData>(task.data.input)) {
    add_table(learner, Part::kHeldOut, path + ".csv");
  } else if (std::holds_alternative<task::TextData>(task.data.input)) {
    add_text(learner, Part::kHeldOut, path + ".txt");
  } else {
    add_images(learner, Part::kHeldOut, path + "-images.idx.gz", path + "-labels.idx.gz");
  }
}

session::EvaluationReport evaluate(session::Learner& learner) {
  learner.begin_evaluation(Part::kHeldOut);
  for (;;) {
    const session::EvaluationReport report = learner.evaluation_step();
    if (report.finished) return report;
  }
}

double seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// Of a text's tokens: the perplexity, and how many are learnt from in a second.
void print_tokens(const session::EvaluationReport& held_out, double tokens, double took) {
  std::printf("  perplexity %.3f  %.0f tokens/s", std::exp(held_out.loss), tokens / took);
}

void train(session::Learner& learner, const Options& options) {
  double trained_seconds = 0;
  double epoch = 0;
  long steps_left = options.steps;
  for (int whole = 1; epoch < options.epochs && steps_left > 0; ++whole) {
    const double began = seconds();
    double loss_sum = 0;
    int steps = 0;
    double labels = 0;
    bool several = false;
    for (; epoch < whole && steps_left > 0; --steps_left) {
      const session::StepReport report = learner.step();
      loss_sum += report.loss;
      epoch = report.epoch;
      labels += report.labels;
      several = report.labels > report.count;
      ++steps;
    }
    const double took = seconds() - began;
    trained_seconds += took;
    const session::EvaluationReport held_out = evaluate(learner);
    std::printf("epoch %.2f  loss %.4f  held-out loss %.4f  accuracy %.4f  %.1f s  %.3f ms/step",
                epoch, loss_sum / steps, held_out.loss, held_out.accuracy, trained_seconds,
                1000 * took / steps);
    if (several) print_tokens(held_out, labels, took);
    std::printf("\n");
    std::fflush(stdout);
  }
}

void run(const Options& options) {
  const std::string text = read_file(options.task + "/task.json");
  task::Task task = task::parse(text);
  if (options.first_weights) task.model.seed = *options.first_weights;
  session::Learner learner(task, options.seed);
  if (task.model.weights) {
    const std::string base = read_file(options.task + '/' + task.model.weights->file);
    learner.load_base({reinterpret_cast<const std::uint8_t*>(base.data()), base.size()});
  }
  const task::json::Document document(text, {"task.json", ErrorCode::kTask}, text.size());
  const task::json::Value sample = document.root().member("sample");
  const std::vector<task::json::Value> shards = sample.member("shards").items(1, 1024);
  for (std::size_t at = 0; at < shards.size(); ++at) {
    if (options.shards == 0 || at < options.shards) {
      add_part(learner, Part::kTraining, options.task, shards[at]);
    }
  }
  if (options.judge_by.empty()) {
    add_part(learner, Part::kHeldOut, options.task, sample.member("held_out"));
  } else {
    add_unnamed_part(learner, task, options);
  }
  std::printf("%s: %zu weights, %u samples, %u held out\n", options.task.c_str(),
              learner.weight_count(), learner.sample_count(Part::kTraining),
              learner.sample_count(Part::kHeldOut));
  train(learner, options);
  if (options.export_to.empty()) return;
  const Bytes model = learner.export_model();
  std::FILE* const file = std::fopen(options.export_to.c_str(), "wb");
  if (file == nullptr || std::fwrite(model.data(), 1, model.size(), file) != model.size() ||
      std::fclose(file) != 0) {
    fail(ErrorCode::kArgument, deai::text("cannot write ", options.export_to));
  }
}

}  // namespace
}  // namespace deai::train

int main(int count, char** words) {
  try {
    deai::train::run(deai::train::read_options(count, words));
    return 0;
  } catch (const deai::Error& error) {
    std::fprintf(stderr, "train: %s\n", error.what());
    return 1;
  }
}
