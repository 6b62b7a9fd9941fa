#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace deai::train {

struct Options {
  std::string task;   // a folder
  double epochs = 3;  // in all, those before a checkpoint counted
  long steps = std::numeric_limits<long>::max();
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> first_weights;
  std::size_t shards = 0;  // 0: all
  std::string judge_by;
  std::string checkpoint;
  std::string export_to;
};

// What the program does: main.cpp says what each option means. Throws Error.
void run(const Options& options);

}  // namespace deai::train
