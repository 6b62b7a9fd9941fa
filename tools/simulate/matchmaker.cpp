#include "matchmaker.h"

#include <algorithm>

namespace deai::simulate {

void Matchmaker::join(Id id) {
  for (std::vector<Id>& ring : rings_) {
    const auto places = static_cast<std::uint32_t>(ring.size() + 1);
    ring.insert(ring.begin() + static_cast<std::ptrdiff_t>(random_.below(places)), id);
  }
}

void Matchmaker::leave(Id id) {
  for (std::vector<Id>& ring : rings_) std::erase(ring, id);
}

Matchmaker::Pairs Matchmaker::pairs() const {
  Pairs pairs;
  for (const std::vector<Id>& ring : rings_) {
    for (std::size_t at = 0; at < ring.size(); ++at) {
      const Id next = ring[(at + 1) % ring.size()];
      if (next != ring[at]) pairs.push_back(std::minmax(ring[at], next));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace deai::simulate
