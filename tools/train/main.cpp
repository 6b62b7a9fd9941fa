// Trains a task on its own sample, natively and alone: what accuracy to expect, and how fast.
//   train --task tasks/mnist [--epochs 3] [--steps N] [--seed 1] [--first-weights N] [--shards N]
//         [--judge-by NAME] [--checkpoint FILE] [--export FILE]
// --seed: of shuffling and dropout. --first-weights: in place of the seed in task.json.
// --steps: at most so many in this run. --judge-by: in place of what the task holds out,
// sample/NAME-images.idx.gz with its labels, sample/NAME.csv or sample/NAME.txt.
// --checkpoint: written after every epoch and at the end; where it is there at the beginning,
// training goes on from it, with the bits that it would have had in one run, and with its seed.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "training.h"

namespace deai::train {
namespace {

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
    } else if (name == "--checkpoint") {
      options.checkpoint = value;
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
         "[--judge-by NAME] [--checkpoint FILE] [--export FILE]");
  }
  return options;
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
