#pragma once

#include <cstdint>
#include <string>

namespace deai::simulate {

// What is 0 or empty is as the task says.
struct FolderConfig {
  std::string task = "consensus";  // a folder of tasks/
  std::uint64_t participants = 0;
  std::uint64_t rounds = 20;
  std::uint64_t seed = 1;
  bool star = false;
  std::uint64_t links = 0;        // of each in a mesh, even: a sparse one; 0: all with all
  std::uint64_t sample = 0;       // of the members, as exchange.sample
  std::uint64_t local_steps = 0;  // of a round
  std::uint64_t batch_size = 0;
  std::string exchange;  // exchange.scheme
  std::string topology;
  std::string codec;
  double learning_rate = 0;
  std::uint64_t schedule_steps = 0;  // that the learning rate's schedule is for
  std::uint64_t warm_up = 0;         // steps, of the schedule
  std::uint64_t threads = 0;         // 0: all cores
};

// Whole sessions on a task's own sample, dealt at random; what is held out judges the room's model
// ten times on the way. Where everybody has a model of its own, the mean of all is judged, and at
// the end some pages' own.
int run_folder(const FolderConfig& config);

}  // namespace deai::simulate
