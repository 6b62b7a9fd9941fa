#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"

namespace deai::simulate {

// Who shall be linked with whom in a room that is larger than a mesh should be: the union of some
// random rings through everybody (Law and Siu, "Distributed construction of random expander
// networks", 2003). So each has two links a ring whatever the room's size; the whole is connected
// and, as random regular graphs are, an expander; who comes or goes changes two or three links a
// ring.
class Matchmaker {
 public:
  using Id = std::size_t;
  using Pairs = std::vector<std::pair<Id, Id>>;

  Matchmaker(std::uint32_t rings, std::uint64_t seed) : random_(seed, 0x72696e67), rings_(rings) {}

  // Into each ring at a place drawn at random.
  void join(Id id);
  void leave(Id id);
  // All that shall be linked now: each pair once, the smaller one first, rising.
  Pairs pairs() const;

 private:
  Random random_;
  std::vector<std::vector<Id>> rings_;
};

}  // namespace deai::simulate
