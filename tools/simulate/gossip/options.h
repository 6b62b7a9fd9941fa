#pragma once

#include <cstdint>
#include <string>

namespace deai::simulate::gossip {

struct Options {
  std::string scheme;  // of core/gossip, or of the federated ones in federated.h
  std::string topology = "ring";
  std::string edges;  // "0-1,1-2": in place of a named topology
  std::string codec = "f32";
  std::string task = "consensus";  // or a folder of tasks/, or the path of one
  std::string samples_of;          // another task whose sample is learnt from
  std::uint32_t participants = 8;
  std::string partition = "iid";  // or "sorted", or "dirichlet:0.1"
  std::uint32_t rounds = 100;
  std::uint64_t seed = 1;
  bool json = false;
  std::string svg;  // a file to draw into

  double step = 0;  // of consensus; 0: the topology's best, or CHOCO's tuned one
  std::uint32_t local_steps = 1;
  double learning_rate = 0;      // 0: the task's own
  std::uint32_t batch_size = 0;  // likewise
  bool decay = false;            // the rate falls along half a cosine, to nothing at the run's end
  std::string momentum = "local";  // or "none", or "quasi_global"
  std::uint32_t rank = 1;
  std::uint32_t iterations = 1;
  std::uint32_t bits = 8;
  bool warm = true;
  double lost = 0;             // the share of messages that do not come
  std::uint32_t evaluate = 0;  // every so many rounds; 0: ten times
  std::uint32_t threads = 0;   // 0: all cores
  std::uint32_t samples = 0;   // to learn from, of all participants together; 0: all
  std::uint32_t held_out = 0;  // to judge by; 0: all
  // Federated.
  double outer_rate = 0;  // 0: the scheme's own
  double proximal = 0.01;
  // Consensus.
  std::uint32_t rows = 100;
  std::uint32_t columns = 100;
  std::string values = "normal";  // or "low_rank"
};

// Throws Error{kArgument} that says what was expected.
Options read_options(int count, char** words);

extern const char* const kOptionsUsage;

}  // namespace deai::simulate::gossip
