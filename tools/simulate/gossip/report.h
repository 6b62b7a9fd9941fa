#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "options.h"

namespace deai::simulate::gossip {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Measured {
  std::uint32_t round = 0;  // exchanges so far
  double bytes = 0;         // sent by a participant so far, the mean of all
  double consensus = 0;     // mean of ‖x_i - mean‖²
  double accuracy = kNone;  // of the mean of all models, on what is held out
  double loss = kNone;
  double own_accuracy = kNone;  // the mean over participants of their own models'
};

struct Report {
  std::size_t weights = 0;
  double step = 0;
  double messages = 0;  // of a participant in a round
  std::vector<Measured> measured;
  // Consensus: bytes of a participant and rounds until the distance is that share of the first.
  struct Reached {
    double share;
    double bytes;  // kNone: never
    std::uint32_t rounds;
  };
  std::vector<Reached> reached;
  bool diverged = false;
};

// One line: the same for the same options, whatever the threads.
std::string json_of(const Options& options, const Report& report);

// Prints as the options say, and draws the plot.
void tell(const Options& options, const Report& report);

}  // namespace deai::simulate::gossip
