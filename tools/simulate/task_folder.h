#pragma once

#include <cstdint>
#include <string>

namespace deai::simulate {

struct FolderConfig {
  std::string task;  // a folder of tasks/
  std::size_t participants = 8;
  std::uint64_t rounds = 20;
  std::uint64_t seed = 1;
  bool star = false;
  double sample = 0;              // of the members, as exchange.sample; 0: the task's
  std::uint32_t local_steps = 0;  // 0: the task's
  std::uint32_t batch_size = 0;   // 0: the task's
};

// Whole sessions on a task's own sample, dealt at random; what is held out judges the room's model
// ten times on the way.
int run_folder(const FolderConfig& config);

}  // namespace deai::simulate
