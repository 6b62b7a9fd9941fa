#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "machines.h"
#include "world.h"

namespace deai::simulate {

// Every commit that anybody made or followed, by the head it made: the tree of a room's history.
// Since synthetic trainees count their steps in the weights, a model can be checked against it.
class Ledger {
 public:
  // To be called for each kRoundCommitted with the head of whoever told it.
  void committed(const protocol::Head& head, const protocol::Notice& notice);

  // Commits from the room's first model to this one, newest first; none: a link is missing.
  struct Entry {
    protocol::Head head;
    std::vector<protocol::PeerId> peers;
  };
  std::optional<std::vector<Entry>> history(const protocol::Head& head) const;
  // `a` is `b`, or one of the heads before it.
  bool before_or_equal(const protocol::Head& a, const protocol::Head& b) const;

  struct Author {
    std::size_t number = 0;     // of the trainee
    std::uint32_t samples = 1;  // claimed for each step
  };
  using Authors = std::map<protocol::PeerId, Author>;
  // Each commit took the mean of its members' `steps` steps, each member's once and weighted by the
  // samples claimed, as far as they count: is that what the weights say? An empty text: yes.
  std::string audit(const protocol::Head& head, const std::vector<float>& weights,
                    const Authors& authors, std::uint32_t steps) const;

 private:
  using Key = std::pair<std::uint64_t, protocol::Hash>;  // a round without effect keeps the hash
  std::map<Key, std::vector<Entry>> commits_;
};

}  // namespace deai::simulate
