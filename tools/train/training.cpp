#include "training.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "files.h"
#include "session/learner.h"
#include "task/json.h"

namespace deai::train {
namespace {

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

// Written beside it first: what is there is whole at any time.
void write_file(const std::string& path, const Bytes& bytes) {
  const std::string part = path + ".part";
  std::FILE* const file = std::fopen(part.c_str(), "wb");
  const bool written =
      file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (file == nullptr || std::fclose(file) != 0 || !written ||
      std::rename(part.c_str(), path.c_str()) != 0) {
    fail(ErrorCode::kArgument, text("cannot write ", path));
  }
}

// Goes on from the file, where there is one.
void resume(session::Learner& learner, const std::string& path) {
  std::FILE* const file = path.empty() ? nullptr : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return;
  std::fclose(file);
  const std::string bytes = read_file(path);
  learner.load_checkpoint({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  std::printf("goes on from %s, epoch %.2f\n", path.c_str(), learner.epoch());
}

void train(session::Learner& learner, const Options& options) {
  double trained_seconds = 0;
  double epoch = learner.epoch();
  long steps_left = options.steps;
  for (int whole = static_cast<int>(epoch) + 1; epoch < options.epochs && steps_left > 0; ++whole) {
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
    if (!options.checkpoint.empty()) write_file(options.checkpoint, learner.save_checkpoint());
  }
}

}  // namespace

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
  resume(learner, options.checkpoint);
  train(learner, options);
  if (!options.export_to.empty()) write_file(options.export_to, learner.export_model());
}

}  // namespace deai::train
