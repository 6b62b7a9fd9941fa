#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "session/learner.h"
#include "task/task.h"

namespace deai::simulate::gossip {

// A task of the tasks folder with its sample, as dealt out to participants.
class Samples {
 public:
  // Folders of tasks, such as tasks/mnist: the one that is learnt, and the one whose sample is. most: 0
  // for all samples to learn from; held_out: to judge by, likewise.
  Samples(const std::string& task, const std::string& folder, std::uint32_t most,
          std::uint32_t held_out);

  const task::Task& task() const { return task_; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(labels_.size()); }
  const std::vector<std::uint32_t>& labels() const { return labels_; }

  void add(session::Learner& learner, const std::vector<std::uint32_t>& rows) const;
  void add_held_out(session::Learner& learner) const;

 private:
  struct Part {
    Bytes pixels;                    // of pictures, or
    std::vector<std::string> cells;  // of a table, row by row, the header first
    std::size_t columns = 0;
    std::vector<std::uint32_t> labels;  // of pictures
  };
  Part read_part(const std::string& folder, const std::string& images, const std::string& labels,
                 const std::string& table) const;
  void append(const Part& part);

  task::Task task_;
  Part training_;
  Part held_out_;
  std::vector<std::uint32_t> labels_;  // classes of the samples to learn from
};

// Which samples each participant gets: "iid" dealt at random, "sorted" by label and cut, "dirichlet:a"
// each draws its classes' shares from Dir(a) and as many samples as the others by them, without
// replacement (Hsu et al. 2019). Throws Error{kArgument}.
std::vector<std::vector<std::uint32_t>> deal(std::string_view partition,
                                             const std::vector<std::uint32_t>& labels,
                                             std::uint32_t participants, std::uint64_t seed);

}  // namespace deai::simulate::gossip
